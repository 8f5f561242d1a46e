#include "processor/logging/line_event_log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "processor/codec/json_encoder.h"

namespace tallymill::processor {

namespace {

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::debug:
      return "debug";
    case Severity::info:
      return "info";
    case Severity::warning:
      return "warning";
    case Severity::error:
      return "error";
  }
  return "error";
}

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

}  // namespace

std::string event_line(LogSettings::Format format, topology::EventTime time, Severity severity,
                       std::string_view event, std::initializer_list<EventField> fields) {
  const bool is_json = format == LogSettings::Format::json;
  std::string line = is_json ? "{\"time\":\"" : "";
  topology::append_instant(line, topology::to_instant(time), 6);
  line += is_json ? "\",\"level\":\"" : " ";
  line += name_of(severity);
  line += is_json ? "\",\"event\":" : " ";
  if (is_json) {
    append_json_string(line, event);
  } else {
    // The JSON form has no line ends and no control characters; its quotes are only in the way of who reads.
    std::string quoted;
    append_json_string(quoted, event);
    for (std::size_t i = 1; i + 1 < quoted.size(); ++i) {
      if (quoted[i] != '\\' || quoted[i + 1] != '"') line += quoted[i];
    }
  }
  for (const EventField& field : fields) {
    line += is_json ? ",\"" : " ";
    line += field.name;
    line += is_json ? "\":" : "=";
    append_json_string(line, field.value);
  }
  if (is_json) line += '}';
  return line;
}

LineEventLog::LineEventLog(const LogSettings& settings, const topology::Clock& clock)
    : format_(settings.format),
      clock_(clock),
      logger_(
          std::make_shared<spdlog::logger>("tallymill", std::make_shared<spdlog::sinks::stderr_sink_mt>())) {
  logger_->set_pattern("%v");
  logger_->flush_on(spdlog::level::trace);
  set_level(settings.level);
}

LineEventLog::~LineEventLog() = default;

void LineEventLog::write(Severity severity, std::string_view event,
                         std::initializer_list<EventField> fields) {
  const spdlog::level::level_enum level = level_of(severity);
  if (!logger_->should_log(level)) return;
  logger_->log(level, event_line(format_, clock_.now(), severity, event, fields));
}

void LineEventLog::set_level(LogSettings::Level level) {
  logger_->set_level(level == LogSettings::Level::debug     ? spdlog::level::debug
                     : level == LogSettings::Level::info    ? spdlog::level::info
                     : level == LogSettings::Level::warning ? spdlog::level::warn
                                                            : spdlog::level::err);
}

}  // namespace tallymill::processor
