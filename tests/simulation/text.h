#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tallymill::simulation {

/// 1234 cents: 12.34.
std::string money_text(std::int64_t cents);
/// The amount as JSON: a string, or null.
std::string money_json(std::optional<std::int64_t> cents);
/// A time as the engine prints it, in microseconds: "2026-09-21T14:13:20.123456Z". By the calendar of
/// <chrono>, not by the engine's own.
std::string time_text(std::int64_t microseconds);

}  // namespace tallymill::simulation
