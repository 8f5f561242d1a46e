#include "topology/spec/topic_name.h"

#include <algorithm>

#include "topology/spec/excerpt.h"

namespace tallymill::topology {
namespace {

bool is_legal(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
         c == '-';
}

}  // namespace

bool check_topic_name(std::string_view name, SourceRange range, Diagnostics& diagnostics) {
  constexpr std::size_t bytes_max = 249;  // Kafka's own limit (org.apache.kafka.common.internals.Topic)
  const bool legal = !name.empty() && name.size() <= bytes_max && name != "." && name != ".." &&
                     std::all_of(name.begin(), name.end(), is_legal);
  if (!legal) {
    const bool has_variable = name.find("${") != std::string_view::npos;
    diagnostics.error(ErrorCode::invalid_value, range, in_quotes(name) + " is no name for a Kafka topic",
                      has_variable
                          ? "a topology has no variables yet: write the name; where it differs, `pipe` takes "
                            "`--map SOURCE=TOPIC`"
                          : "1 to 249 letters, digits, `.`, `_` and `-`, and not `.` or `..` alone");
  }
  return legal;
}

}  // namespace tallymill::topology
