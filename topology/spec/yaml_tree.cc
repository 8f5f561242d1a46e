#include "topology/spec/yaml_tree.h"

#include <algorithm>
#include <unordered_map>

#include "topology/expr/utf8.h"
#include "topology/spec/excerpt.h"

namespace tallymill::topology {
namespace {

/// Double quotes can write what the file itself may not hold.
bool has_forbidden_character(std::string_view text) {
  return !is_utf8(text) || std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n' && c != '\t' && c != '\r') || byte == 0x7F;
  });
}

/// The word at the beginning of `text` that YAML takes for null; empty if there is none.
std::string_view null_word(std::string_view text) {
  for (const std::string_view word : {"null", "Null", "NULL", "~"}) {
    if (!text.starts_with(word)) continue;
    const std::string_view rest = text.substr(word.size());
    if (rest.empty() || std::string_view(" \t\r\n,:]}").find(rest.front()) != std::string_view::npos)
      return word;
  }
  return {};
}

std::string doubled_quotes(std::string_view text) {
  std::string result;
  for (const char c : text) result.append(c == '\'' ? 2 : 1, c);
  return result;
}

/// Whether the quote that `text` begins with is closed. The library takes the end of a file's last line for
/// one.
bool has_closing_quote(std::string_view text) {
  const char quote = text.front();
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\' && quote == '"') {
      ++i;
    } else if (text[i] == quote) {
      if (quote == '"' || !text.substr(i + 1).starts_with(quote)) return true;
      ++i;
    }
  }
  return false;
}

YamlNode scalar_node(std::string_view source_from_here, std::string_view text, bool plain,
                     SourceRange range) {
  YamlNode node;
  node.kind = YamlNode::Kind::scalar;
  node.text = text;
  node.plain = plain;
  node.range = range;
  const char first = source_from_here.empty() ? '\0' : source_from_here.front();
  if (plain) {
    node.in_place = source_from_here.starts_with(text);
  } else if (first == '\'' || first == '"') {
    const std::string written = first == '\'' ? doubled_quotes(text) : std::string(text);
    const std::string_view inside = source_from_here.substr(1);
    node.in_place = text.find('\n') == std::string_view::npos && inside.starts_with(written) &&
                    inside.substr(written.size()).starts_with(first);
    if (node.in_place) node.quote = first;
  }
  if (node.in_place) {
    const auto doubled = node.quote == '\'' ? std::count(text.begin(), text.end(), '\'') : 0;
    node.range.length = static_cast<std::uint32_t>(
        std::max<std::int64_t>(1, count_code_points(text) + doubled + (node.quote == 0 ? 0 : 2)));
  }
  return node;
}

}  // namespace

void YamlTree::error(ErrorCode code, SourceRange range, std::string message, std::string hint) {
  refused_ = true;
  diagnostics_.error(code, range, std::move(message), std::move(hint));
}

void YamlTree::refuse_syntax(YamlSyntax kind, std::size_t offset, std::string_view library_message) {
  YamlTrouble trouble = explain_yaml_syntax(kind, source_, offset, library_message);
  SourceRange range = range_at(offset);
  if (offset >= source_.text().size()) {
    // The end of the file says nothing about what was opened and never closed.
    if (kind == YamlSyntax::open_quote) range = range_at(last_offset_);
    if (kind == YamlSyntax::broken_flow && !open_.empty()) range = open_.back().node.range;
  }
  error(ErrorCode::bad_yaml, range, std::move(trouble.message), std::move(trouble.hint));
}

bool YamlTree::begin_document(std::size_t offset) {
  if (++document_count_ == 1) return true;
  if (source_.text().substr(offset).starts_with("---")) {
    error(ErrorCode::bad_yaml, range_at(offset), "a second document begins here",
          "one file is one topology: delete the `---` or split the file");
  } else {
    refuse_syntax(YamlSyntax::broken_block, offset, {});
  }
  return false;
}

bool YamlTree::awaits_key() const {
  return !open_.empty() && open_.back().node.kind == YamlNode::Kind::mapping && !open_.back().has_key;
}

SourceRange YamlTree::owner_range(std::size_t offset) const {
  if (open_.empty()) return range_at(offset);
  return open_.back().has_key ? open_.back().entry.key_range : open_.back().node.range;
}

bool YamlTree::begin_node(std::size_t offset) {
  last_offset_ = offset;
  if (++node_count_ > limits_.nodes_max) {
    error(ErrorCode::bad_yaml, range_at(offset),
          "the file has more than " + std::to_string(limits_.nodes_max) + " values",
          "a topology is smaller than that; check that this is the right file");
    return false;
  }
  const std::string_view here = source_.text().substr(std::min(offset, source_.text().size()), 1);
  if (here == "!") refuse_syntax(YamlSyntax::tag, offset, {});
  if (here == "&") refuse_syntax(YamlSyntax::anchor, offset, {});
  return true;
}

bool YamlTree::add_null(std::size_t offset) {
  if (!begin_node(offset)) return false;
  const std::string_view source_from_here = source_.text().substr(std::min(offset, source_.text().size()));
  if (awaits_key()) {
    error(ErrorCode::bad_yaml, range_at(offset), "a key is empty or null",
          "write a name, in quotes if it is \"null\"");
    return false;
  }
  if (const std::string_view word = null_word(source_from_here); !word.empty()) {
    place(scalar_node(source_from_here, word, true, range_at(offset)));
    return true;
  }
  YamlNode node;
  node.range = owner_range(offset);
  place(std::move(node));
  return true;
}

bool YamlTree::add_alias(std::size_t offset) {
  if (!begin_node(offset)) return false;
  refuse_syntax(YamlSyntax::alias, offset, {});
  return false;
}

bool YamlTree::add_scalar(std::size_t offset, std::string_view text, bool plain) {
  if (!begin_node(offset)) return false;
  if (has_forbidden_character(text)) {
    error(ErrorCode::bad_yaml, range_at(offset),
          "an escape in this text makes a control character or no UTF-8",
          "only \\n, \\t and \\r are accepted of those; write other characters as they are");
  }
  const std::string_view source_from_here = source_.text().substr(offset);
  const bool is_quoted = !plain && (source_from_here.starts_with('"') || source_from_here.starts_with('\''));
  if (is_quoted && !has_closing_quote(source_from_here)) {
    refuse_syntax(YamlSyntax::open_quote, offset, {});
    return false;
  }
  YamlNode node = scalar_node(source_from_here, text, plain, range_at(offset));
  if (awaits_key()) return add_key(std::move(node), offset);
  place(std::move(node));
  return true;
}

bool YamlTree::add_key(YamlNode node, std::size_t offset) {
  const std::size_t line = source_.line_begin(offset);
  const std::size_t before = source_.text().substr(line, offset - line).find_last_not_of(" \t");
  if (before != std::string_view::npos && source_.text()[line + before] == '?') {
    refuse_syntax(YamlSyntax::stray_key, line + before, {});
  } else if (node.plain && node.text == "<<") {
    error(ErrorCode::bad_yaml, node.range, "`<<` is a YAML merge key; a topology has none",
          "write the fields out, or share sources with `include`");
  }
  Open& open = open_.back();
  open.has_key = true;
  open.entry.key = std::move(node.text);
  open.entry.key_range = node.range;
  return true;
}

bool YamlTree::begin_collection(std::size_t offset, YamlNode::Kind kind, bool in_brackets) {
  if (!begin_node(offset)) return false;
  if (awaits_key()) {
    error(ErrorCode::bad_yaml, range_at(offset), "a key is a list or mapping", std::string(quote_hint));
    return false;
  }
  if (open_.size() >= limits_.depth_max) {
    error(ErrorCode::bad_yaml, range_at(offset),
          "lists and mappings are nested more than " + std::to_string(limits_.depth_max) + " deep",
          "a topology needs less than ten levels; check the indentation and the brackets");
    return false;
  }
  Open open;
  open.node.kind = kind;
  open.node.range =
      in_brackets || open_.empty() || !open_.back().has_key ? range_at(offset) : owner_range(offset);
  open_.push_back(std::move(open));
  return true;
}

void YamlTree::end_collection() {
  YamlNode node = std::move(open_.back().node);
  open_.pop_back();
  if (node.kind == YamlNode::Kind::mapping) refuse_duplicate_keys(node);
  place(std::move(node));
}

void YamlTree::place(YamlNode node) {
  if (open_.empty()) {
    root_ = std::move(node);
    return;
  }
  Open& open = open_.back();
  if (open.node.kind == YamlNode::Kind::sequence) {
    open.node.items.push_back(std::move(node));
    return;
  }
  open.entry.value = std::move(node);
  open.node.entries.push_back(std::move(open.entry));
  open.entry = {};
  open.has_key = false;
}

void YamlTree::refuse_duplicate_keys(const YamlNode& mapping) {
  std::unordered_map<std::string_view, SourceRange> seen;
  for (const YamlNode::Entry& entry : mapping.entries) {
    const auto [first, is_new] = seen.emplace(entry.key, entry.key_range);
    if (is_new) continue;
    error(ErrorCode::duplicate_key, entry.key_range,
          "the key " + in_quotes(entry.key) + " stands twice in this mapping",
          "delete or rename one; the first is in line " + std::to_string(first->second.begin.line));
  }
}

YamlNode YamlTree::root() && {
  if (refused_) return {};
  if (document_count_ == 0) {
    error(ErrorCode::bad_yaml, range_at(0), "the file is empty", "a topology begins with `version: 1`");
  }
  return std::move(root_);
}

}  // namespace tallymill::topology
