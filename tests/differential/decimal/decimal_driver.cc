// Reads one operation per line, its arguments separated by blanks, and prints one answer per line: the
// result, or the name of the error. decimal_test.py writes the lines and knows the answers.

#include <array>
#include <charconv>
#include <iostream>
#include <map>
#include <sstream>

#include "topology/data/decimal.h"
#include "topology/data/row_codec.h"

namespace tallymill {
namespace {

using topology::Arena;
using topology::Decimal;
using topology::Result;
using topology::Rounding;
using topology::Value;

/// The words of one line; the empty text is written as "''".
using Words = std::vector<std::string>;

Words words_of(const std::string& line) {
  std::istringstream stream(line);
  Words words;
  for (std::string word; stream >> word;) words.push_back(word == "''" ? "" : word);
  return words;
}

Decimal decimal_of(const std::string& text) {
  auto decimal = Decimal::from_text(text);
  INVARIANT(decimal.ok(), "the test wrote an operand that is no decimal");
  return *decimal;
}

/// As it comes back from a Value, which is the way of every decimal through the engine.
std::string text_of(const Decimal& decimal) {
  Arena arena;
  const Value value = decimal.to_value(arena);
  std::string text;
  append_decimal_text(text, value);
  INVARIANT(text == Decimal::from_value(value).to_text(), "a Value and its Decimal print differently");
  return text;
}

std::string text_of(const Result<Decimal>& result) {
  return result ? text_of(*result) : std::string(name_of(result.error().code));
}

Rounding rounding_of(const std::string& name) {
  static const std::map<std::string, Rounding> roundings{
      {"ROUND_HALF_EVEN", Rounding::half_even}, {"ROUND_HALF_UP", Rounding::half_up},
      {"ROUND_HALF_DOWN", Rounding::half_down}, {"ROUND_UP", Rounding::up},
      {"ROUND_DOWN", Rounding::down},           {"ROUND_CEILING", Rounding::ceiling},
      {"ROUND_FLOOR", Rounding::floor},
  };
  return roundings.at(name);
}

std::string bytes_of_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

std::string hex_of(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    hex += digits[byte >> 4];
    hex += digits[byte & 15];
  }
  return hex;
}

std::string key_of(const Value& value) {
  std::string key;
  topology::append_key(key, {&value, 1});
  return key;
}

int sign_of(std::strong_ordering order) { return (order > 0) - (order < 0); }

/// The order by Decimal, by Value, by key bytes, and whether the hashes are equal.
std::string compared(const Decimal& a, const Decimal& b) {
  Arena arena;
  const Value a_value = a.to_value(arena);
  const Value b_value = b.to_value(arena);
  std::string answer = std::to_string(sign_of(a <=> b));
  answer += ' ' + std::to_string(sign_of(compare_decimals(a_value, b_value)));
  answer += ' ' + std::to_string(sign_of(key_of(a_value).compare(key_of(b_value)) <=> 0));
  return answer + (a.hash() == b.hash() ? " same" : " other");
}

/// Through key bytes and back.
std::string through_key(const Decimal& decimal) {
  Arena arena;
  const std::string key = key_of(decimal.to_value(arena));
  std::string_view bytes = key;
  const auto read = read_key(bytes, 1, arena);
  INVARIANT(read.ok() && bytes.empty(), "a decimal's key bytes cannot be read back");
  return text_of(Decimal::from_value(read->front()));
}

/// Through row bytes and back.
std::string through_row(const Decimal& decimal) {
  Arena arena;
  const Value value = decimal.to_value(arena);
  std::string row;
  topology::append_row(row, {&value, 1});
  std::string_view bytes = row;
  const auto read = read_row(bytes, 1, arena);
  INVARIANT(read.ok() && bytes.empty(), "a decimal's row bytes cannot be read back");
  INVARIANT(identical(value, read->front()), "a decimal's row bytes change it");
  return text_of(Decimal::from_value(read->front()));
}

/// The shortest text of the double.
std::string double_text(double number) {
  std::array<char, 40> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  return {text.data(), end};
}

std::string integer_text(const Decimal& decimal) {
  const auto integer = decimal.to_integer();
  return integer ? std::to_string(*integer) : "none";
}

using Operation = std::string (*)(const Words&);

const std::map<std::string, Operation>& operations() {
  static const std::map<std::string, Operation> table{
      {"text", [](const Words& w) { return text_of(Decimal::from_text(w[1])); }},
      {"big_endian",
       [](const Words& w) { return text_of(Decimal::from_big_endian(bytes_of_hex(w[1]), std::stoi(w[2]))); }},
      {"coefficient", [](const Words& w) { return hex_of(decimal_of(w[1]).coefficient_bytes()); }},
      {"digits", [](const Words& w) { return std::to_string(decimal_of(w[1]).digits()); }},
      {"add", [](const Words& w) { return text_of(decimal_of(w[1]) + decimal_of(w[2])); }},
      {"subtract", [](const Words& w) { return text_of(decimal_of(w[1]) - decimal_of(w[2])); }},
      {"negate", [](const Words& w) { return text_of(-decimal_of(w[1])); }},
      {"multiply",
       [](const Words& w) { return text_of(Decimal::multiply(decimal_of(w[1]), decimal_of(w[2]))); }},
      {"divide",
       [](const Words& w) {
         return text_of(
             Decimal::divide(decimal_of(w[1]), decimal_of(w[2]), std::stoi(w[3]), rounding_of(w[4])));
       }},
      {"round",
       [](const Words& w) { return text_of(decimal_of(w[1]).rounded(std::stoi(w[2]), rounding_of(w[3]))); }},
      {"canonical", [](const Words& w) { return text_of(decimal_of(w[1]).canonical()); }},
      {"compare", [](const Words& w) { return compared(decimal_of(w[1]), decimal_of(w[2])); }},
      {"through_key", [](const Words& w) { return through_key(decimal_of(w[1])); }},
      {"through_row", [](const Words& w) { return through_row(decimal_of(w[1])); }},
      {"integer", [](const Words& w) { return integer_text(decimal_of(w[1])); }},
      {"double", [](const Words& w) { return double_text(decimal_of(w[1]).to_double()); }},
  };
  return table;
}

void answer_all_lines() {
  for (std::string line; std::getline(std::cin, line);) {
    const Words words = words_of(line);
    std::cout << operations().at(words.front())(words) << '\n';
  }
}

}  // namespace
}  // namespace tallymill

int main() {
  std::ios::sync_with_stdio(false);
  tallymill::answer_all_lines();
  return 0;
}
