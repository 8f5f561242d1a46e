// Runs cases of the public CEL conformance suite, as JSON lines, against topology/expr.
// Usage: cel_conformance FOLDER [FILE...]; FOLDER holds core.jsonl and ext.jsonl, FILE restricts to files of
// the suite. Exit status: 0 if nothing failed, 1 if something did, 2 if the cases cannot be read.

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "topology/base/time.h"
#include "topology/expr/expression.h"

namespace tallymill::topology {
namespace {

using Json = simdjson::dom::element;

/// Thrown for a case that says what the format does not allow; ends the run.
struct UnreadableCase {
  std::string why;
};

/// What the suite's typed values are turned into, with the arena that holds them.
class TypedValueReader {
 public:
  explicit TypedValueReader(Arena& arena) : arena_(arena) {}

  Value read(Json json) {
    const auto object = simdjson::dom::object(json);
    if (object.size() != 1) throw UnreadableCase{"a typed value has exactly one key"};
    const auto field = *object.begin();
    return read_kind(field.key, field.value);
  }

 private:
  Value read_kind(std::string_view kind, Json json) {
    if (kind == "null") return Value::null();
    if (kind == "bool") return Value::boolean(bool(json));
    if (kind == "list") return Value::list(read_items(simdjson::dom::array(json)));
    if (kind == "map") return read_map(simdjson::dom::array(json));
    const std::string_view text = json.get_string();
    if (kind == "int") return Value::integer(number<std::int64_t>(text));
    if (kind == "uint") return Value::unsigned_integer(number<std::uint64_t>(text));
    if (kind == "double") return Value::floating(number<double>(text));
    if (kind == "string") return Value::string(arena_.copy(text));
    if (kind == "bytes") return Value::bytes(decode_base64(text));
    if (kind == "timestamp") return Value::timestamp(parse_instant(text).value());
    if (kind == "duration") return Value::duration(read_span(text));
    if (kind == "type") return Value::type(arena_.copy(text));
    throw UnreadableCase{"unknown kind of value " + std::string(kind)};
  }

  template <class Number>
  static Number number(std::string_view text) {
    Number value{};
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || stop != text.data() + text.size()) {
      throw UnreadableCase{"not a number: " + std::string(text)};
    }
    return value;
  }

  std::span<Value> read_items(simdjson::dom::array json) {
    const auto items = arena_.allocate_array<Value>(json.size());
    std::size_t count = 0;
    for (const Json item : json) items[count++] = read(item);
    return items;
  }

  Value read_map(simdjson::dom::array json) {
    const auto entries = arena_.allocate_array<Value>(2 * json.size());
    std::size_t count = 0;
    for (const Json pair : json) {
      for (const Json part : simdjson::dom::array(pair)) entries[count++] = read(part);
    }
    return Value::map(entries);
  }

  std::string_view decode_base64(std::string_view text) {
    static constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string bytes;
    std::uint32_t bits = 0;
    int bit_count = 0;
    for (const char c : text.substr(0, text.find('='))) {
      bits = (bits << 6) | static_cast<std::uint32_t>(alphabet.find(c));
      bit_count += 6;
      if (bit_count < 8) continue;
      bit_count -= 8;
      bytes.push_back(static_cast<char>(bits >> bit_count));
    }
    return arena_.copy(bytes);
  }

  /// "-1.5s"
  static Span read_span(std::string_view text) {
    const bool is_negative = text.starts_with('-');
    text = text.substr(is_negative ? 1 : 0, text.size() - 1 - (is_negative ? 1 : 0));
    const std::size_t point = std::min(text.find('.'), text.size());
    std::string fraction(text.substr(std::min(point + 1, text.size())));
    fraction.resize(9, '0');
    const Span span{number<std::int64_t>(text.substr(0, point)), number<std::int32_t>(fraction)};
    return is_negative ? Span{-span.seconds, -span.nanoseconds} : span;
  }

  Arena& arena_;
};

Type read_type(Json json) {
  if (json.is_string()) {
    const std::string_view name = json.get_string();
    static const std::map<std::string_view, TypeKind> kinds = {
        {"bool", TypeKind::boolean},     {"int", TypeKind::integer},   {"uint", TypeKind::unsigned_integer},
        {"double", TypeKind::floating},  {"string", TypeKind::string}, {"bytes", TypeKind::bytes},
        {"null_type", TypeKind::null},   {"dyn", TypeKind::dynamic},   {"timestamp", TypeKind::timestamp},
        {"duration", TypeKind::duration}};
    const auto found = kinds.find(name);
    if (found == kinds.end()) throw UnreadableCase{"unknown type " + std::string(name)};
    return found->second;
  }
  if (Json element; json["list"].get(element) == simdjson::SUCCESS) return Type::list_of(read_type(element));
  const auto map = simdjson::dom::array(json["map"]);
  return Type::map_of(read_type(map.at(0)), read_type(map.at(1)));
}

/// The suite's equality: same kind and content at every depth, maps without order, any NaN is NaN.
bool is_same(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case ValueKind::null:
      return true;
    case ValueKind::boolean:
      return a.as_boolean() == b.as_boolean();
    case ValueKind::integer:
    case ValueKind::unsigned_integer:
      return a.as_unsigned() == b.as_unsigned();
    case ValueKind::floating:
      if (std::isnan(a.as_floating()) || std::isnan(b.as_floating())) {
        return std::isnan(a.as_floating()) && std::isnan(b.as_floating());
      }
      return a.as_floating() == b.as_floating() &&
             std::signbit(a.as_floating()) == std::signbit(b.as_floating());
    case ValueKind::string:
    case ValueKind::bytes:
    case ValueKind::type:
      return a.as_text() == b.as_text();
    case ValueKind::timestamp:
      return a.as_timestamp() == b.as_timestamp();
    case ValueKind::duration:
      return a.as_duration() == b.as_duration();
    case ValueKind::list:
      return std::ranges::equal(a.as_items(), b.as_items(), is_same);
    case ValueKind::map: {
      const auto wanted = b.as_items();
      if (a.as_items().size() != wanted.size()) return false;
      for (std::size_t i = 0; i < a.as_items().size(); i += 2) {
        bool found = false;
        for (std::size_t k = 0; k < wanted.size(); k += 2) {
          found |= is_same(a.as_items()[i], wanted[k]) && is_same(a.as_items()[i + 1], wanted[k + 1]);
        }
        if (!found) return false;
      }
      return true;
    }
    default:
      return false;
  }
}

enum class Outcome { passed, not_yet, failed };

struct Verdict {
  Outcome outcome;
  std::string why;
};

std::string describe(const Value& value) {
  std::string text(name_of(value.kind()));
  if (value.is_error()) {
    return text + " " + std::string(name_of(value.as_error().code)) + ": " +
           std::string(value.as_error().message);
  }
  if (value.is(ValueKind::string)) text += " \"" + std::string(value.as_text()) + "\"";
  if (value.is(ValueKind::boolean)) text += value.as_boolean() ? " true" : " false";
  if (value.is(ValueKind::integer)) text += " " + std::to_string(value.as_integer());
  if (value.is(ValueKind::floating)) text += " " + std::to_string(value.as_floating());
  return text;
}

/// Whether any text stands in a field that the format leaves out if it is not set.
bool has_text(Json json, std::string_view key) {
  std::string_view text;
  return json[key].get(text) == simdjson::SUCCESS && !text.empty();
}

Verdict judge(Json json) {
  if (has_text(json, "container")) return {Outcome::not_yet, "containers"};
  Arena arena;
  TypedValueReader reader(arena);
  RowType columns;
  std::vector<Value> row;
  for (const auto binding : simdjson::dom::object(json["bindings"])) {
    columns.columns.push_back({.name = std::string(binding.key), .type = {}, .currency = {}});
    row.push_back(reader.read(binding.value));
  }
  if (simdjson::dom::array declarations; json["type_env"].get(declarations) == simdjson::SUCCESS) {
    for (const Json declaration : declarations) {
      const auto column = columns.find(std::string_view(declaration["name"]));
      if (column) columns.columns[*column].type = read_type(declaration["type"]);
    }
  }
  ExpressionOptions options;
  options.nullable_columns = false;
  bool disable_check = false;
  options.check_types = json["disable_check"].get(disable_check) != simdjson::SUCCESS || !disable_check;

  std::vector<ExpressionProblem> problems;
  const auto program = compile_expression(std::string_view(json["expr"]), columns, options, problems);
  for (const ExpressionProblem& problem : problems) {
    if (problem.code == ErrorCode::not_yet) return {Outcome::not_yet, problem.message};
  }
  if (program == nullptr) return {Outcome::failed, "refused: " + problems.front().message};

  const Value result = program->evaluate(row, arena);
  if (result.is_error() && result.as_error().code == ErrorCode::not_yet) {
    return {Outcome::not_yet, std::string(result.as_error().message)};
  }
  Json expected;
  if (json["expect"]["value"].get(expected) != simdjson::SUCCESS) {
    if (result.is_error()) return {Outcome::passed, {}};
    return {Outcome::failed, "an error is expected, the result is " + describe(result)};
  }
  if (is_same(result, reader.read(expected))) return {Outcome::passed, {}};
  return {Outcome::failed, simdjson::minify(expected) + " is expected, the result is " + describe(result)};
}

struct Counts {
  int passed = 0;
  int not_yet = 0;
  int failed = 0;

  void add(Outcome outcome) {
    ++(outcome == Outcome::passed ? passed : outcome == Outcome::failed ? failed : not_yet);
  }
};

/// Judges the cases of one JSON lines file into `counts`, in the order of the files in it.
void run_file(const std::filesystem::path& path, const std::vector<std::string>& only,
              std::vector<std::pair<std::string, Counts>>& counts) {
  simdjson::dom::parser parser;
  const simdjson::padded_string content = simdjson::padded_string::load(path.string());
  simdjson::dom::document_stream stream = parser.parse_many(content);
  for (auto json : stream) {
    const Json test = json.value();
    const std::string file{std::string_view(test["file"])};
    if (!only.empty() && std::find(only.begin(), only.end(), file) == only.end()) continue;
    if (counts.empty() || counts.back().first != file) counts.push_back({file, {}});
    const Verdict verdict = judge(test);
    counts.back().second.add(verdict.outcome);
    const bool is_asked_for = !only.empty() && verdict.outcome == Outcome::not_yet;
    if (verdict.outcome != Outcome::failed && !is_asked_for) continue;
    const std::string place = file + "/" + std::string(std::string_view(test["section"])) + "/" +
                              std::string(std::string_view(test["name"]));
    std::printf("%s %s\n    %s\n    %s\n", verdict.outcome == Outcome::failed ? "FAILED" : "not yet",
                place.c_str(), std::string(std::string_view(test["expr"])).c_str(), verdict.why.c_str());
  }
}

int run(const std::filesystem::path& folder, const std::vector<std::string>& only) {
  std::vector<std::pair<std::string, Counts>> counts;
  for (const char* const name : {"core.jsonl", "ext.jsonl"}) run_file(folder / name, only, counts);
  Counts total;
  std::printf("%-16s %8s %8s %8s\n", "file", "passed", "not yet", "failed");
  for (const auto& [file, count] : counts) {
    std::printf("%-16s %8d %8d %8d\n", file.c_str(), count.passed, count.not_yet, count.failed);
    total.passed += count.passed;
    total.not_yet += count.not_yet;
    total.failed += count.failed;
  }
  std::printf("%d passed, %d not yet, %d failed\n", total.passed, total.not_yet, total.failed);
  return total.failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace tallymill::topology

int main(int count, char** arguments) {
  if (count < 2) {
    std::fprintf(stderr, "usage: cel_conformance FOLDER [FILE...]\n");
    return 2;
  }
  try {
    return tallymill::topology::run(arguments[1], {arguments + 2, arguments + count});
  } catch (const tallymill::topology::UnreadableCase& unreadable) {
    std::fprintf(stderr, "cel_conformance: %s\n", unreadable.why.c_str());
  } catch (const simdjson::simdjson_error& error) {
    std::fprintf(stderr, "cel_conformance: cannot read the cases in %s: %s\n", arguments[1], error.what());
  }
  return 2;
}
