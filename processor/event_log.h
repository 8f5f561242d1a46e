#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace tallymill::processor {

enum class Severity : std::uint8_t { debug, info, warning, error };

/// A fact beside the event's sentence, such as {"partition", "3"}. Values hold no secret and no row data.
struct EventField {
  std::string_view name;
  std::string value;
};

/// What the running engine tells whoever operates it. A port, so that the machine does not know whether it
/// becomes text, JSON or nothing. Thread-safe. Never on the record path.
class EventLog {
 public:
  virtual ~EventLog() = default;
  /// `event` is one sentence in lower case without a full stop: what happened; the fields say where.
  virtual void write(Severity severity, std::string_view event,
                     std::initializer_list<EventField> fields = {}) = 0;
};

/// Takes everything and keeps nothing: for `pipe`, `test` and tests.
class SilentEventLog final : public EventLog {
 public:
  void write(Severity, std::string_view, std::initializer_list<EventField>) override {}
};

}  // namespace tallymill::processor
