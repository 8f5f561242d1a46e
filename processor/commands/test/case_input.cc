#include "processor/commands/test/case_input.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <sstream>

#include "processor/codec/json_encoder.h"
#include "processor/codec/record_line.h"
#include "processor/codec/row_key.h"
#include "processor/commands/test/case_match.h"
#include "processor/commands/topology_file.h"

namespace tallymill::processor {
namespace {

using topology::Error;
using topology::ErrorCode;
using topology::SourcePlan;
using topology::Status;
using topology::YamlNode;

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> wire_operations = {
    {{"insert", "c"}, {"update", "u"}, {"delete", "d"}, {"read", "r"}, {"truncate", "t"}, {"message", "m"}}};
constexpr std::array<std::string_view, 13> item_fields = {
    "source", "op",  "row",   "before", "lsn",    "source_time", "partition",
    "offset", "key", "value", "file",   "commit", "advance_time"};

Error at(const YamlNode& node, std::string message) {
  return {ErrorCode::invalid_value,
          "line " + std::to_string(node.range.begin.line) + ": " + std::move(message),
          {}};
}

template <class Integer>
bool read_integer(const YamlNode* node, Integer& out) {
  if (node == nullptr) return true;
  const char* end = node->text.data() + node->text.size();
  const auto [stopped, code] = std::from_chars(node->text.data(), end, out);
  return code == std::errc() && stopped == end;
}

bool is_number_or_boolean(topology::TypeKind kind) {
  return kind == topology::TypeKind::integer || kind == topology::TypeKind::floating ||
         kind == topology::TypeKind::boolean;
}

void append_cell(std::string& out, const YamlNode& cell, const topology::Type* type) {
  if (is_null(cell)) {
    out += "null";
    return;
  }
  switch (cell.kind) {
    case YamlNode::Kind::null:
      return;
    case YamlNode::Kind::scalar:
      if (type != nullptr && cell.plain && is_number_or_boolean(type->kind)) {
        out += cell.text;
      } else {
        append_json_string(out, cell.text);
      }
      return;
    case YamlNode::Kind::sequence:
      out += '[';
      for (const YamlNode& item : cell.items) {
        if (out.back() != '[') out += ',';
        append_cell(out, item, type != nullptr ? type->element.get() : nullptr);
      }
      out += ']';
      return;
    case YamlNode::Kind::mapping:
      out += '{';
      for (const YamlNode::Entry& entry : cell.entries) {
        if (out.back() != '{') out += ',';
        append_json_string(out, entry.key);
        out += ':';
        append_cell(out, entry.value, nullptr);
      }
      out += '}';
      return;
  }
}

}  // namespace

topology::Result<std::vector<CaseRecord>> CaseInput::read(const std::vector<const YamlNode*>& items) {
  std::vector<CaseRecord> records;
  for (const YamlNode* item : items) {
    if (auto status = read_item(*item, records); !status) return status.error();
    ++index_;
  }
  return records;
}

Status CaseInput::read_item(const YamlNode& item, std::vector<CaseRecord>& records) {
  if (item.kind != YamlNode::Kind::mapping) return at(item, "an input is a mapping");
  for (const std::string_view row : {"row", "before"}) {
    const YamlNode* found = item.find(row);
    if (found != nullptr && found->kind != YamlNode::Kind::mapping) {
      return at(*found, "`" + std::string(row) + "` is a mapping of columns");
    }
  }
  for (const YamlNode::Entry& entry : item.entries) {
    if (std::find(item_fields.begin(), item_fields.end(), entry.key) == item_fields.end()) {
      return at(entry.value, "an input has no field \"" + entry.key + "\"");
    }
  }
  CaseRecord record;
  if (item.find("commit") != nullptr) {
    record.is_commit = true;
    records.push_back(std::move(record));
    return {};
  }
  if (const YamlNode* advance = item.find("advance_time")) {
    const auto duration = topology::parse_duration(advance->text);
    if (!duration) return at(*advance, "\"" + advance->text + "\" is no duration");
    record.time_advance = *duration;
    records.push_back(std::move(record));
    return {};
  }
  const YamlNode* name = item.find("source");
  const auto source = std::find_if(plan_.sources.begin(), plan_.sources.end(), [&](const SourcePlan& each) {
    return name != nullptr && each.declaration.name == name->text;
  });
  if (source == plan_.sources.end()) return at(item, "an input names a source of the topology");
  record.topic = source->declaration.topics.front();
  if (const YamlNode* partition = item.find("partition")) {
    if (!read_integer(partition, record.partition.emplace())) return at(*partition, "not a partition");
    if (*record.partition < 0) return at(*partition, "a partition is a number from 0");
  }
  if (const YamlNode* offset = item.find("offset")) {
    if (!read_integer(offset, record.offset.emplace())) return at(*offset, "not an offset");
  }
  if (item.find("file") != nullptr) return read_lines(item, *source, records);
  if (item.find("op") != nullptr) {
    if (auto status = read_change(item, *source, record); !status) return status;
  } else {
    const YamlNode* key = item.find("key");
    const YamlNode* value = item.find("value");
    if (value == nullptr) return at(item, "an input has `op` and `row`, or `value`");
    if (key != nullptr && !is_null(*key)) record.key = key->text;
    record.has_key = key != nullptr || record.partition || record.offset;
    if (!is_null(*value)) record.value = value->text;
  }
  records.push_back(std::move(record));
  return {};
}

std::int64_t CaseInput::source_time_ms(const YamlNode& item, const SourcePlan& source) {
  const YamlNode* text = item.find("source_time");
  if (text == nullptr && source.event_time_column && item.find("row") != nullptr) {
    text = item.find("row")->find(source.type.columns[*source.event_time_column].name);
  }
  if (text != nullptr) {
    const auto instant = topology::parse_instant(text->text);
    const auto time = instant ? to_event_time(*instant) : std::nullopt;
    if (time) last_source_time_ms_ = time->microseconds / 1000;
  }
  return last_source_time_ms_;
}

std::string CaseInput::row_json(const YamlNode& row, const SourcePlan& source, bool key_only) const {
  std::string json = "{";
  for (const YamlNode::Entry& entry : row.entries) {
    const auto column = source.type.find(entry.key);
    const bool is_key = column && std::find(source.primary_key.begin(), source.primary_key.end(), *column) !=
                                      source.primary_key.end();
    if (key_only && !is_key) continue;
    if (json.back() != '{') json += ',';
    // The wire has the database's name of the column.
    append_json_string(json, column && *column < source.declared_columns
                                 ? source.declaration.columns[*column].wire_name
                                 : entry.key);
    json += ':';
    append_cell(json, entry.value, column ? &source.type.columns[*column].type : nullptr);
  }
  return json + "}";
}

Status CaseInput::read_change(const YamlNode& item, const SourcePlan& source, CaseRecord& record) {
  const std::string& operation = item.find("op")->text;
  static const YamlNode no_row;
  const YamlNode& row = item.find("row") != nullptr ? *item.find("row") : no_row;
  record.has_key = true;
  if (auto key = RowKeyReader(source).read(row_json(row, source, false))) record.key = std::move(key->bytes);
  if (operation == "tombstone") return {};
  const auto wire = std::find_if(wire_operations.begin(), wire_operations.end(),
                                 [&](const auto& known) { return known.first == operation; });
  if (wire == wire_operations.end()) {
    return at(item, "`op` is insert, update, delete, read, tombstone, truncate or message");
  }
  const bool has_after = operation == "insert" || operation == "update" || operation == "read";
  const YamlNode* before = item.find("before");
  std::string json = "{\"before\":";
  if (before != nullptr) {
    json += row_json(*before, source, false);
  } else {
    // As PostgreSQL's default replica identity has it: a delete brings the key, an update nothing.
    const bool is_keyed_delete = operation == "delete" && !source.primary_key.empty();
    json += operation == "delete" ? row_json(row, source, is_keyed_delete) : "null";
  }
  json += ",\"after\":" + (has_after ? row_json(row, source, false) : "null");
  json += ",\"source\":{\"table\":\"" + source.declaration.name + "\",\"snapshot\":\"" +
          (operation == "read" ? "true" : "false") +
          "\",\"ts_ms\":" + std::to_string(source_time_ms(item, source));
  std::uint64_t lsn = 1000 + index_;
  const YamlNode* given = item.find("lsn");
  const bool has_lsn = given == nullptr || given->text != "none";
  if (has_lsn && !read_integer(given, lsn)) return at(*given, "`lsn` is a whole number, or none");
  if (has_lsn) json += ",\"lsn\":" + std::to_string(lsn);
  json += "},\"op\":\"" + std::string(wire->second) + "\"}";
  record.value = std::move(json);
  return {};
}

Status CaseInput::read_lines(const YamlNode& item, const SourcePlan& source,
                             std::vector<CaseRecord>& records) {
  const auto text = read_file(directory_ + "/" + item.find("file")->text);
  if (!text) return text.error();
  std::istringstream lines(*text);
  std::string line;
  RecordLineReader reader(KnownNames::of(plan_));
  while (std::getline(lines, line)) {
    if (line.empty()) continue;
    const auto read = reader.read(line);
    if (!read) return read.error();
    CaseRecord record;
    record.topic = source.declaration.topics.front();
    if (read->topic && *read->topic != record.topic) continue;
    record.partition = read->partition;
    record.offset = read->offset;
    record.timestamp_ms = read->timestamp_ms.value_or(-1);
    record.has_key = read->has_key;
    if (read->key) record.key = std::string(*read->key);
    if (read->value) record.value = std::string(*read->value);
    records.push_back(std::move(record));
  }
  return {};
}

}  // namespace tallymill::processor
