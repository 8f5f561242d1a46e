#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "topology/spec/document.h"
#include "topology/spec/document_tables.h"
#include "topology/spec/excerpt.h"
#include "topology/spec/field_values.h"
#include "topology/spec/pipeline_reader.h"
#include "topology/spec/source_reader.h"
#include "topology/spec/topic_name.h"

namespace tallymill::topology {
namespace {

constexpr std::size_t included_files_max = 32;

/// The text of a regular file, of at most one byte more than `bytes_max`; nothing if it cannot be read.
std::optional<std::string> read_file(const std::string& path, std::size_t bytes_max) {
  std::error_code failure;
  // A directory cannot be read, and a pipe could make us wait for ever.
  if (!std::filesystem::is_regular_file(path, failure)) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  std::string text(bytes_max + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || (file.fail() && !file.eof())) return std::nullopt;
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

class DocumentReader {
 public:
  DocumentReader(std::string directory, std::span<const OperatorSpec* const> operators,
                 Diagnostics& diagnostics)
      : directory_(std::move(directory)), operators_(operators), diagnostics_(diagnostics) {}

  Document read(std::string_view text, std::string file_name) {
    const auto root = read_root(text, std::move(file_name));
    if (!root) return {};
    const FieldSet fields = read_fields(*root, topology_fields(), "the topology", diagnostics_);
    if (root->kind != YamlNode::Kind::mapping) return {};
    read_name(fields);
    read_includes(fields);
    if (const YamlNode* sources = fields.subtree("sources")) read_sources(*sources);
    if (document_.sources.empty() && !fields.has("sources") && !fields.has("include")) {
      diagnostics_.error(ErrorCode::missing_field, fields.range(), "the topology lacks the field \"sources\"",
                         "write the topics to read under `sources`");
    }
    if (const YamlNode* pipelines = fields.subtree("pipelines")) read_pipelines(*pipelines);
    read_dead_letters(fields);
    read_late(fields);
    check_topics();
    return std::move(document_);
  }

 private:
  std::optional<YamlNode> read_root(std::string_view text, std::string file_name) {
    const YamlLimits limits;
    const std::uint32_t file = diagnostics_.add_file(std::move(file_name), text.substr(0, limits.bytes_max));
    const std::size_t errors_before = diagnostics_.error_count();
    YamlNode root = read_yaml(text, file, diagnostics_, limits);
    if (diagnostics_.error_count() > errors_before) return std::nullopt;
    // Where a message is about the file as a whole, its first line is shown.
    if (root.kind == YamlNode::Kind::null) root.range = {file, {1, 1}, 1};
    return root;
  }

  void read_name(const FieldSet& fields) {
    constexpr std::size_t bytes_max = 100;  // it begins the names of topics, which end at 249
    const auto name = fields.text("name");
    document_.name_range = fields.range("name");
    if (!name) return;
    document_.name = *name;
    const bool legal =
        !name->empty() && name->size() <= bytes_max && *name != "." && *name != ".." &&
        name->find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-") == std::string::npos;
    if (legal) return;
    diagnostics_.error(
        ErrorCode::invalid_value, document_.name_range, in_quotes(*name) + " is no name for a topology",
        "1 to 100 small letters, digits, `.`, `_` and `-`: consumer group and topics are named by it");
  }

  void read_includes(const FieldSet& fields) {
    const auto files = fields.names("include");
    if (files.size() > included_files_max) {
      diagnostics_.error(ErrorCode::invalid_value, fields.range("include"),
                         "more than " + std::to_string(included_files_max) + " files are included");
      return;
    }
    for (const NameUse& file : files) read_include(file);
  }

  void read_include(const NameUse& file) {
    const std::string path = (std::filesystem::path(directory_) / file.name).string();
    const auto text = read_file(path, YamlLimits().bytes_max);
    if (!text) {
      diagnostics_.error(ErrorCode::cannot_read, file.range,
                         "the included file " + in_quotes(path) + " cannot be read",
                         "write its path relative to the folder of this topology");
      document_.lacks_sources = true;
      return;
    }
    const auto root = read_root(*text, path);
    if (!root) return;
    const FieldSet fields = read_fields(*root, included_fields(), "an included file", diagnostics_);
    if (const YamlNode* sources = fields.subtree("sources")) read_sources(*sources);
  }

  /// The entries of `sources` or `pipelines` whose names are legal and not taken.
  std::vector<const YamlNode::Entry*> named_entries(const YamlNode& node, const std::string& field) {
    std::vector<const YamlNode::Entry*> result;
    if (node.kind != YamlNode::Kind::mapping || node.entries.empty()) {
      diagnostics_.error(ErrorCode::invalid_value, node.range, "\"" + field + "\" takes a mapping by name",
                         "write `name:` and below it, indented, the fields");
    }
    for (const YamlNode::Entry& entry : node.entries) {
      if (!is_name(entry.key)) {
        diagnostics_.error(ErrorCode::invalid_value, entry.key_range,
                           in_quotes(entry.key) + " is no name for one of the " + field,
                           "a name begins with a letter or `_` and has letters, digits, `_` and `-` only");
        continue;
      }
      const auto [first, is_new] = names_.emplace(entry.key, entry.key_range);
      if (!is_new) {
        diagnostics_.error(ErrorCode::duplicate_name, entry.key_range,
                           in_quotes(entry.key) + " is a source or pipeline already",
                           "rename one; the other is in " + diagnostics_.file_name(first->second.file) +
                               ", line " + std::to_string(first->second.begin.line));
        continue;
      }
      result.push_back(&entry);
    }
    return result;
  }

  void read_sources(const YamlNode& node) {
    const std::size_t errors_before = diagnostics_.error_count();
    const auto entries = named_entries(node, "sources");
    document_.lacks_sources |= diagnostics_.error_count() > errors_before;
    for (const YamlNode::Entry* entry : entries) {
      document_.sources.push_back(read_source(*entry, diagnostics_));
    }
  }

  void read_pipelines(const YamlNode& node) {
    for (const YamlNode::Entry* entry : named_entries(node, "pipelines")) {
      document_.pipelines.push_back(read_pipeline(*entry, operators_, diagnostics_));
    }
  }

  void read_dead_letters(const FieldSet& fields) {
    const FieldSet* dead_letter = fields.object("dead_letter");
    document_.dead_letter_topic = read_topic(dead_letter, ".dead-letter");
    const auto payload = dead_letter == nullptr ? std::nullopt : dead_letter->text("payload");
    const bool sensitive =
        std::any_of(document_.sources.begin(), document_.sources.end(), [](const auto& source) {
          return std::any_of(source.columns.begin(), source.columns.end(),
                             [](const auto& column) { return column.sensitive; });
        });
    document_.dead_letter_payload = sensitive ? DeadLetterPayload::keys : DeadLetterPayload::full;
    if (payload == "raw") document_.dead_letter_payload = DeadLetterPayload::raw;
    if (payload == "full") document_.dead_letter_payload = DeadLetterPayload::full;
    if (payload == "keys") document_.dead_letter_payload = DeadLetterPayload::keys;
    if (payload == "none") document_.dead_letter_payload = DeadLetterPayload::none;
  }

  void read_late(const FieldSet& fields) {
    document_.late_topic = read_topic(fields.object("late"), ".late");
  }

  std::string read_topic(const FieldSet* fields, std::string_view default_suffix) {
    const auto topic = fields == nullptr ? std::nullopt : fields->text("topic");
    if (!topic) {
      const std::string name = document_.name + std::string(default_suffix);
      if (!document_.name.empty()) written_.push_back({name, document_.name_range});
      return name;
    }
    check_topic_name(*topic, fields->range("topic"), diagnostics_);
    written_.push_back({*topic, fields->range("topic")});
    return *topic;
  }

  /// What is written must not be read again as a source: it would never end, and is no change envelope.
  void check_topics() {
    std::map<std::string_view, std::string_view> readers;
    for (const SourceDeclaration& source : document_.sources) {
      for (const std::string& topic : source.topics) readers.emplace(topic, source.name);
    }
    for (const PipelineDeclaration& pipeline : document_.pipelines) {
      for (const SinkDeclaration& sink : pipeline.sinks) written_.push_back({sink.topic, sink.topic_range});
    }
    for (const NameUse& topic : written_) {
      const auto reader = readers.find(topic.name);
      if (reader == readers.end()) continue;
      diagnostics_.error(
          ErrorCode::duplicate_name, topic.range,
          "the topic " + in_quotes(topic.name) + " is written here and read by source " +
              in_quotes(reader->second),
          "write to a topic of its own; to go on with a pipeline's rows, name the pipeline in `from`");
    }
  }

  std::string directory_;
  std::span<const OperatorSpec* const> operators_;
  Diagnostics& diagnostics_;
  Document document_;
  std::map<std::string, SourceRange> names_;  ///< of sources and pipelines
  std::vector<NameUse> written_;              ///< topics whose place in the file is known
};

}  // namespace

Document read_document(std::string_view text, std::string file_name, std::string directory,
                       std::span<const OperatorSpec* const> operators, Diagnostics& diagnostics) {
  return DocumentReader(std::move(directory), operators, diagnostics).read(text, std::move(file_name));
}

}  // namespace tallymill::topology
