#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "processor/engine_settings.h"
#include "processor/event_log.h"
#include "topology/base/time.h"

namespace tallymill::processor {

/// One event as one line without its end, whatever its values hold: text for people, as in
///   2026-11-25T16:00:00.123456Z info  partitions were assigned partitions="a/0 a/1"
/// or an object for programs, as in
///   {"time":"2026-11-25T16:00:00.123456Z","level":"info","event":"partitions were assigned",..}
/// with the fields as further members. Line ends, other control characters, characters that turn the order of
/// text round and what is not UTF-8 are escaped, so no value can pass for another field or event.
std::string event_line(LogSettings::Format format, topology::EventTime time, Severity severity,
                       std::string_view event, std::initializer_list<EventField> fields);

}  // namespace tallymill::processor
