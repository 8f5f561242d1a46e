#pragma once

#include <string>
#include <string_view>

namespace tallymill::topology {

// What people write who come from SQL, and how it is written here. Each gives a hint; empty if the word is no
// such habit. Words are compared without regard to case.

/// A word that stands where none can: `and`, `is`, `like`. `before` is the word in front of it, such as
/// `not`.
std::string hint_for_word(std::string_view word, std::string_view before);
/// A function that does not exist: upper(x), now(), concat(a, b).
std::string hint_for_function(std::string_view name);
/// A name that is no column: NULL, current_timestamp.
std::string hint_for_name(std::string_view name);
inline constexpr std::string_view aggregates_stand_alone =
    "an aggregate stands alone in `compute`; go on computing with its result in a `set` step behind";

/// Whether an aggregate function is called by that name.
bool is_aggregate_name(std::string_view name);

}  // namespace tallymill::topology
