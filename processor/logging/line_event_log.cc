#include "processor/logging/line_event_log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "processor/logging/event_line.h"

namespace tallymill::processor {

namespace {

spdlog::level::level_enum level_of(Severity severity) {
  switch (severity) {
    case Severity::debug:
      return spdlog::level::debug;
    case Severity::info:
      return spdlog::level::info;
    case Severity::warning:
      return spdlog::level::warn;
    case Severity::error:
      break;
  }
  return spdlog::level::err;
}

Severity severity_of(LogSettings::Level level) {
  switch (level) {
    case LogSettings::Level::debug:
      return Severity::debug;
    case LogSettings::Level::info:
      return Severity::info;
    case LogSettings::Level::warning:
      return Severity::warning;
    case LogSettings::Level::error:
      break;
  }
  return Severity::error;
}

}  // namespace

LineEventLog::LineEventLog(const LogSettings& settings, const topology::Clock& clock)
    : format_(settings.format),
      clock_(clock),
      logger_(
          std::make_unique<spdlog::logger>("tallymill", std::make_shared<spdlog::sinks::stderr_sink_mt>())) {
  logger_->set_pattern("%v");  // the line is complete: one place decides about escapes
  logger_->flush_on(spdlog::level::trace);
  set_level(settings.level);
}

LineEventLog::~LineEventLog() = default;

void LineEventLog::write(Severity severity, std::string_view event,
                         std::initializer_list<EventField> fields) {
  const spdlog::level::level_enum level = level_of(severity);
  if (!logger_->should_log(level)) return;
  // A string view is taken as it is; anything else could be read as a format.
  logger_->log(level, spdlog::string_view_t(event_line(format_, clock_.now(), severity, event, fields)));
}

void LineEventLog::set_level(LogSettings::Level level) { logger_->set_level(level_of(severity_of(level))); }

}  // namespace tallymill::processor
