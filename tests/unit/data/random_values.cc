#include "tests/unit/data/random_values.h"

#include <array>
#include <cmath>
#include <limits>
#include <string>

#include "topology/data/decimal.h"

namespace tallymill::topology {

const std::vector<ValueKind>& key_kinds() {
  static const std::vector<ValueKind> kinds{
      ValueKind::boolean,  ValueKind::integer,     ValueKind::unsigned_integer,
      ValueKind::floating, ValueKind::decimal,     ValueKind::string,
      ValueKind::bytes,    ValueKind::timestamp,   ValueKind::date,
      ValueKind::duration, ValueKind::time_of_day, ValueKind::list,
  };
  return kinds;
}

const std::vector<ValueKind>& row_kinds() {
  static const std::vector<ValueKind> kinds = [] {
    std::vector<ValueKind> all = key_kinds();
    all.push_back(ValueKind::map);
    return all;
  }();
  return kinds;
}

Value RandomValues::draw(ValueKind kind) { return below(10) == 0 ? Value::null() : draw_present(kind, 0); }

Value RandomValues::draw_present(ValueKind kind, int depth) {
  switch (kind) {
    case ValueKind::boolean:
      return Value::boolean(below(2) == 0);
    case ValueKind::integer:
      return Value::integer(integer());
    case ValueKind::unsigned_integer:
      return Value::unsigned_integer(static_cast<std::uint64_t>(integer()));
    case ValueKind::floating:
      return Value::floating(floating());
    case ValueKind::decimal:
      return decimal();
    case ValueKind::string:
      return Value::string(text());
    case ValueKind::bytes:
      return Value::bytes(text());
    case ValueKind::timestamp:
      return Value::timestamp({integer(), static_cast<std::int32_t>(below(3) * 499'999'999)});
    case ValueKind::duration: {
      const std::int64_t seconds = integer();
      const auto nanoseconds = static_cast<std::int32_t>(below(3) * 499'999'999);
      return Value::duration({seconds, seconds < 0 ? -nanoseconds : nanoseconds});
    }
    case ValueKind::date:
      return Value::date(integer());
    case ValueKind::time_of_day:
      return Value::time_of_day(static_cast<std::int64_t>(below(86'400'000'001)));
    case ValueKind::list: {
      const std::span<Value> items = arena_.allocate_array<Value>(below(4));
      // By depth, so that any two lists can be compared item by item.
      for (Value& item : items) {
        item = depth < 2 ? draw_present(ValueKind::list, depth + 1) : draw(ValueKind::integer);
      }
      return Value::list(items);
    }
    case ValueKind::map: {
      const std::span<Value> entries = arena_.allocate_array<Value>(below(3) * 2);
      for (Value& entry : entries) entry = Value::string(text());
      return Value::map(entries);
    }
    default:
      break;
  }
  INVARIANT(false, "this kind is never stored");
}

std::int64_t RandomValues::integer() {
  static constexpr std::array<std::int64_t, 9> borders{0,
                                                       1,
                                                       -1,
                                                       63,
                                                       64,
                                                       -64,
                                                       1'795'385'708,
                                                       std::numeric_limits<std::int64_t>::min(),
                                                       std::numeric_limits<std::int64_t>::max()};
  if (below(2) == 0) return borders[below(borders.size())];
  return static_cast<std::int64_t>(random_()) >> below(64);
}

double RandomValues::floating() {
  using limits = std::numeric_limits<double>;
  static constexpr std::array<double, 11> borders{0.0,
                                                  -0.0,
                                                  1.0,
                                                  -1.0,
                                                  limits::infinity(),
                                                  -limits::infinity(),
                                                  limits::quiet_NaN(),
                                                  limits::denorm_min(),
                                                  -limits::denorm_min(),
                                                  limits::max(),
                                                  limits::lowest()};
  if (below(3) == 0) return borders[below(borders.size())];
  return std::ldexp(static_cast<double>(integer()), static_cast<int>(below(40)) - 60);
}

Value RandomValues::decimal() {
  std::string digits(1 + below(below(4) == 0 ? 80 : 6), '0');
  for (char& c : digits) c = static_cast<char>('0' + (below(3) == 0 ? 0 : below(10)));
  // Few leading digits, so that numbers meet that differ far behind.
  if (below(2) == 0) digits.front() = '1';
  const std::size_t point = below(digits.size());
  if (point > 0) digits.insert(point, ".");
  if (below(2) == 0) digits.insert(0, "-");
  if (below(8) == 0) digits += "e-" + std::to_string(below(100));
  if (below(8) == 0 && digits.find('e') == std::string::npos) digits += "e" + std::to_string(below(100));
  return Decimal::from_text(digits)->to_value(arena_);
}

std::string_view RandomValues::text() {
  std::string text(below(5), 'a');
  static constexpr std::array<char, 6> letters{'\0', '\x01', 'a', 'b', '\xfe', '\xff'};
  for (char& c : text) c = letters[below(letters.size())];
  return arena_.copy(text);
}

}  // namespace tallymill::topology
