#pragma once

#include <memory>
#include <string>

#include "processor/engine_settings.h"
#include "processor/event_log.h"
#include "topology/base/time.h"

namespace spdlog {
class logger;
}

namespace tallymill::processor {

/// One event as one line, whatever is in its values: text, as in
///   2026-11-25T16:00:00.123456Z warning a source has no records yet source="transactions"
/// or an object, as in
///   {"time":"2026-11-25T16:00:00.123456Z","level":"warning","event":"a source ..","source":"transactions"}
std::string event_line(LogSettings::Format format, topology::EventTime time, Severity severity,
                       std::string_view event, std::initializer_list<EventField> fields);

/// Writes events to standard error, one line each.
class LineEventLog final : public EventLog {
 public:
  LineEventLog(const LogSettings& settings, const topology::Clock& clock);
  ~LineEventLog() override;

  void write(Severity severity, std::string_view event, std::initializer_list<EventField> fields) override;
  /// From now on; what is below it is dropped. Thread-safe.
  void set_level(LogSettings::Level level);

 private:
  const LogSettings::Format format_;
  const topology::Clock& clock_;
  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace tallymill::processor
