#include "topology/spec/yaml_events.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <istream>
#include <optional>
#include <streambuf>

#include "topology/spec/yaml_traps.h"
#include "topology/spec/yaml_tree.h"

namespace tallymill::topology {
namespace {

/// Thrown through the library when reading is to end; the tree has reported why.
struct Stop {};

/// A stream over bytes that are already in memory.
class ViewBuffer final : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text) {
    // The get area is never written to; the interface of streambuf is older than const.
    char* begin = const_cast<char*>(text.data());
    setg(begin, begin, begin + text.size());
  }
};

std::size_t offset_of(const YAML::Mark& mark) {
  return mark.pos < 0 ? 0 : static_cast<std::size_t>(mark.pos);
}

/// Hands the library's events to the tree.
class Events final : public YAML::EventHandler {
 public:
  explicit Events(YamlTree& tree) : tree_(tree) {}

  void OnDocumentStart(const YAML::Mark& mark) override { go_on(tree_.begin_document(offset_of(mark))); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { go_on(tree_.add_null(offset_of(mark))); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { go_on(tree_.add_alias(offset_of(mark))); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& text) override {
    // A plain scalar without a tag has the tag "?", any other scalar without one "!".
    go_on(tree_.add_scalar(offset_of(mark), text, tag == "?"));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value style) override {
    go_on(
        tree_.begin_collection(offset_of(mark), YamlNode::Kind::sequence, style == YAML::EmitterStyle::Flow));
  }
  void OnSequenceEnd() override { tree_.end_collection(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value style) override {
    go_on(
        tree_.begin_collection(offset_of(mark), YamlNode::Kind::mapping, style == YAML::EmitterStyle::Flow));
  }
  void OnMapEnd() override { tree_.end_collection(); }

 private:
  static void go_on(bool wanted) {
    if (!wanted) throw Stop{};
  }

  YamlTree& tree_;
};

YamlSyntax classify(std::string_view message) {
  namespace Message = YAML::ErrorMsg;
  struct Row {
    std::string_view message;
    YamlSyntax kind;
  };
  static const Row rows[] = {
      {Message::UNKNOWN_ANCHOR, YamlSyntax::alias},
      {Message::ALIAS_NOT_FOUND, YamlSyntax::alias},
      {Message::CHAR_IN_ALIAS, YamlSyntax::alias},
      {Message::ANCHOR_NOT_FOUND, YamlSyntax::anchor},
      {Message::CHAR_IN_ANCHOR, YamlSyntax::anchor},
      {Message::MULTIPLE_ANCHORS, YamlSyntax::anchor},
      {Message::MULTIPLE_TAGS, YamlSyntax::tag},
      {Message::CHAR_IN_TAG_HANDLE, YamlSyntax::tag},
      {Message::TAG_WITH_NO_SUFFIX, YamlSyntax::tag},
      {Message::END_OF_VERBATIM_TAG, YamlSyntax::tag},
      {Message::TAB_IN_INDENTATION, YamlSyntax::tab},
      {Message::BLOCK_ENTRY, YamlSyntax::stray_dash},
      {Message::MAP_VALUE, YamlSyntax::stray_colon},
      {Message::MAP_KEY, YamlSyntax::stray_key},
      {Message::FLOW_END, YamlSyntax::stray_closing},
      {Message::UNKNOWN_TOKEN, YamlSyntax::unknown_token},
      {Message::END_OF_MAP, YamlSyntax::broken_block},
      {Message::END_OF_SEQ, YamlSyntax::broken_block},
      {Message::END_OF_MAP_FLOW, YamlSyntax::broken_flow},
      {Message::END_OF_SEQ_FLOW, YamlSyntax::broken_flow},
      {Message::EOF_IN_SCALAR, YamlSyntax::open_quote},
      {Message::DOC_IN_SCALAR, YamlSyntax::open_quote},
      {Message::INVALID_HEX, YamlSyntax::escape},
      {Message::CHAR_IN_BLOCK, YamlSyntax::block_header},
      {Message::ZERO_INDENT_IN_BLOCK, YamlSyntax::block_header},
  };
  for (const Row& row : rows) {
    if (row.message == message) return row.kind;
  }
  // These two go on with the offending character or number.
  if (message.starts_with(Message::INVALID_ESCAPE) || message.starts_with(Message::INVALID_UNICODE)) {
    return YamlSyntax::escape;
  }
  return YamlSyntax::other;
}

void read_events(YAML::Parser& parser, YamlTree& tree) {
  Events events(tree);
  // The second call only happens to anything that is left, and the tree then reports it and stops. There must
  // be no loop: out of the text "," the library makes documents without end.
  if (parser.HandleNextDocument(events)) parser.HandleNextDocument(events);
}

}  // namespace

YamlNode parse_yaml(const SourceText& source, std::uint32_t file, const YamlLimits& limits,
                    Diagnostics& diagnostics) {
  YamlTree tree(source, file, limits, diagnostics);
  try {
    ViewBuffer buffer(source.text());
    std::istream stream(&buffer);
    YAML::Parser parser(stream);
    read_events(parser, tree);
  } catch (const Stop&) {
    // The tree has reported it.
  } catch (const YAML::Exception& exception) {
    tree.refuse_syntax(classify(exception.msg), offset_of(exception.mark), exception.msg);
  } catch (const std::exception& exception) {
    tree.refuse_syntax(YamlSyntax::other, 0, exception.what());
  }
  return std::move(tree).root();
}

}  // namespace tallymill::topology
