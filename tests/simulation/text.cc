#include "tests/simulation/text.h"

#include <array>
#include <chrono>
#include <cstdio>

namespace tallymill::simulation {

std::string money_text(std::int64_t cents) {
  const std::int64_t size = cents < 0 ? -cents : cents;
  const std::string fraction = std::to_string(size % 100);
  return (cents < 0 ? "-" : "") + std::to_string(size / 100) + (fraction.size() < 2 ? ".0" : ".") + fraction;
}

std::string money_json(std::optional<std::int64_t> cents) {
  return cents ? '"' + money_text(*cents) + '"' : "null";
}

std::string time_text(std::int64_t microseconds) {
  using std::chrono::days;
  using std::chrono::floor;
  const std::chrono::sys_time<std::chrono::microseconds> time{std::chrono::microseconds(microseconds)};
  const auto day = floor<days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return text.data();
}

}  // namespace tallymill::simulation
