#include "topology/spec/yaml_traps.h"

namespace tallymill::topology {
namespace {

YamlTrouble quote(std::string message) { return {std::move(message), std::string(quote_hint)}; }

/// The last character before `offset` in its line that is no blank; 0 if there is none.
char character_before(const SourceText& source, std::size_t offset) {
  const std::size_t begin = source.line_begin(offset);
  const std::size_t found = source.text().substr(begin, offset - begin).find_last_not_of(" \t");
  return found == std::string_view::npos ? '\0' : source.text()[begin + found];
}

YamlTrouble ternary() {
  return quote("YAML takes the `?` or the `:` of this text for its own, and the rest would be lost");
}

YamlTrouble tab_in_indentation() { return {"a tab stands in the indentation", "indent with spaces"}; }

bool is_indented_with_tab(const SourceText& source, std::size_t offset) {
  const std::string_view line = source.line_around(offset);
  return line.substr(0, line.find_first_not_of(" \t")).find('\t') != std::string_view::npos;
}

YamlTrouble explain_colon(const SourceText& source, std::size_t offset) {
  if (is_indented_with_tab(source, offset)) return tab_in_indentation();
  const std::size_t begin = source.line_begin(offset);
  const std::string_view before = source.text().substr(begin, offset - begin);
  if (before.find('?') != std::string_view::npos ||
      before.find_first_not_of(" \t") == std::string_view::npos) {
    return ternary();
  }
  return {"`: ` makes a mapping of this text",
          std::string(quote_hint) + "; if a new key was meant, check the indentation"};
}

YamlTrouble explain_in_flow(const SourceText& source, std::size_t offset) {
  const char here = offset < source.text().size() ? source.text()[offset] : '\0';
  switch (here) {
    case '\0':
      return {"the file ends inside a list or mapping in brackets", "close it with `]` or `}`"};
    case '?':
      return ternary();
    case '[':
    case '{':
      return quote("between brackets YAML takes this bracket for a list or mapping of its own");
    default:
      return {"neither `,` nor a closing bracket follows the text before",
              "close the list or mapping with `]` or `}`; if this belongs to a text that begins with a quote "
              "or holds "
              "a bracket: " +
                  std::string(quote_hint)};
  }
}

YamlTrouble explain_in_block(const SourceText& source, std::size_t offset) {
  const char before = character_before(source, offset);
  if (before != '\0' && std::string_view("\"'])}").find(before) != std::string_view::npos) {
    return quote("for YAML the text ended before this, because it begins with a quote or a bracket");
  }
  if (is_indented_with_tab(source, offset)) return tab_in_indentation();
  return {"this does not continue the list or mapping above",
          "entries of one list or mapping begin in the same column; check the indentation"};
}

YamlTrouble explain_unknown_token(const SourceText& source, std::size_t offset) {
  if (offset >= source.text().size()) return {"the file ends where a text was to begin", ""};
  const char here = source.text()[offset];
  if (here == '?') return ternary();
  return quote(std::string("a text cannot begin with `") + here + "` in YAML");
}

}  // namespace

YamlTrouble explain_yaml_syntax(YamlSyntax kind, const SourceText& source, std::size_t offset,
                                std::string_view library_message) {
  switch (kind) {
    case YamlSyntax::alias:
      return quote("`*` makes a YAML alias of this text; a topology has no aliases");
    case YamlSyntax::anchor:
      return quote("`&` makes a YAML anchor of this text; a topology has no anchors");
    case YamlSyntax::tag:
      return quote("`!` makes a YAML tag of this word, which would be dropped; a topology has no tags");
    case YamlSyntax::tab:
      return tab_in_indentation();
    case YamlSyntax::stray_dash:
      return {"`- ` begins a list here, where none can begin",
              "begin the list in a line of its own; if it is part of a text: " + std::string(quote_hint)};
    case YamlSyntax::stray_colon:
      return explain_colon(source, offset);
    case YamlSyntax::stray_key:
      return ternary();
    case YamlSyntax::stray_closing:
      return quote("this bracket closes nothing that is open, or something else than what is open");
    case YamlSyntax::unknown_token:
      return explain_unknown_token(source, offset);
    case YamlSyntax::broken_flow:
      return explain_in_flow(source, offset);
    case YamlSyntax::broken_block:
      return explain_in_block(source, offset);
    case YamlSyntax::open_quote:
      return {"a quote that begins here or below is not closed",
              "close it, or put the other kind of quotes around it"};
    case YamlSyntax::escape:
      return {"this is no escape sequence of a text in double quotes",
              "use single quotes, in which a backslash is just that"};
    case YamlSyntax::block_header:
      return {"text stands behind the `|` or `>` of a block text",
              "begin the text in the next line, indented; if it is "
              "no block text: " +
                  std::string(quote_hint)};
    case YamlSyntax::other:
      break;
  }
  return quote("this is no YAML: " + std::string(library_message));
}

}  // namespace tallymill::topology
