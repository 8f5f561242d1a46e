#pragma once

#include <initializer_list>
#include <memory>
#include <string_view>

#include "processor/engine_settings.h"
#include "processor/event_log.h"
#include "topology/base/time.h"

namespace spdlog {
class logger;
}

namespace tallymill::processor {

/// Writes each event to standard error as one event_line, at once and whole. Thread-safe.
class LineEventLog final : public EventLog {
 public:
  /// `clock` must outlive the log, and its now() be thread-safe.
  LineEventLog(const LogSettings& settings, const topology::Clock& clock);
  ~LineEventLog() override;
  LineEventLog(const LineEventLog&) = delete;
  LineEventLog& operator=(const LineEventLog&) = delete;

  void write(Severity severity, std::string_view event, std::initializer_list<EventField> fields) override;
  /// From now on events below this level are dropped. For SIGHUP, from any thread.
  void set_level(LogSettings::Level level);

 private:
  const LogSettings::Format format_;
  const topology::Clock& clock_;
  const std::unique_ptr<spdlog::logger> logger_;
};

}  // namespace tallymill::processor
