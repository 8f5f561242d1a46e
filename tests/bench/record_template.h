#pragma once

#include <cstdint>
#include <istream>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "topology/base/result.h"

namespace tallymill::bench {

/// Makes records of one shape, fast enough to fill a topic with a million of them. What they look like is
/// said by whoever starts the loader, in a text of these lines:
///
///     key TEXT                    the record's key; @name@ stands for a field
///     value TEXT                  its value, likewise
///     counter NAME FIRST STEP     a field: FIRST + number of the record * STEP, rounded down
///     choice NAME OPTION...       a field: one of the options, each as often
///     zipf NAME COUNT             a field: a rank below COUNT, drawn with Zipf's law of exponent 1
///
/// Equal texts make equal records.
class RecordTemplate {
 public:
  /// Error: a line that is none of the above, or a field that no line defines.
  static topology::Result<RecordTemplate> read(std::istream& text);

  /// The next record; the texts stay valid until the next call.
  void next();
  std::string_view key() const { return key_.text; }
  std::string_view value() const { return value_.text; }

 private:
  struct Counter {
    double first;
    double step;
  };
  struct Choice {
    std::vector<std::string> options;
  };
  struct Zipf {
    std::vector<double> cumulative_shares;
  };
  struct Field {
    std::variant<Counter, Choice, Zipf> kind;
    std::string text;  ///< as it stands in the record in hand
  };
  struct Part {
    std::string literal;
    std::size_t field;  ///< that follows the literal; no_field after the last
  };
  struct Pattern {
    std::vector<Part> parts;
    std::string text;
  };
  static constexpr std::size_t no_field = SIZE_MAX;

  topology::Status read_line(const std::string& line, std::map<std::string, std::string>& patterns);
  topology::Status compile(const std::string& pattern, Pattern& into) const;
  void draw(Field& field);
  void render(Pattern& pattern) const;

  std::map<std::string, std::size_t, std::less<>> field_of_name_;
  std::vector<Field> fields_;
  Pattern key_;
  Pattern value_;
  std::int64_t number_ = 0;
  std::mt19937_64 randomness_{7};
};

}  // namespace tallymill::bench
