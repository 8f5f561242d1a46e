#include "tests/unit/codec/fixture_records.h"

#include <simdjson.h>

#include <string_view>

namespace tallymill::tests {
namespace {

std::optional<std::string> text_or_null(const simdjson::dom::element& line, std::string_view name) {
  std::string_view text;
  if (line[name].get(text)) return std::nullopt;
  return std::string(text);
}

}  // namespace

std::vector<FixtureRecord> read_fixture(const std::string& file_name) {
  simdjson::dom::parser parser;
  simdjson::dom::document_stream lines;
  simdjson::padded_string text;
  const std::string path = std::string(TALLYMILL_SOURCE_DIR "/../shared/fixtures/") + file_name;
  if (simdjson::padded_string::load(path).get(text) || parser.parse_many(text).get(lines)) return {};
  std::vector<FixtureRecord> records;
  for (auto item : lines) {
    simdjson::dom::element line;
    if (std::move(item).get(line)) return {};
    records.push_back(
        {text_or_null(line, "topic").value_or(""), text_or_null(line, "key"), text_or_null(line, "value")});
  }
  return records;
}

processor::WireFormat transactions_format() {
  using topology::TypeKind;
  processor::WireFormat format;
  const auto add = [&](const std::string& name, TypeKind type) {
    format.columns.push_back({name, name, type, false, false, std::nullopt});
  };
  add("transaction_id", TypeKind::string);
  add("user_id", TypeKind::string);
  add("timestamp", TypeKind::timestamp);
  add("amount", TypeKind::decimal);
  add("currency", TypeKind::string);
  add("merchant_name", TypeKind::string);
  format.row_size = format.columns.size();
  format.primary_key = {0};
  return format;
}

}  // namespace tallymill::tests
