#pragma once

#include <string_view>

#include "processor/codec/json_writer.h"
#include "topology/base/time.h"

namespace tallymill::processor {

/// `"name":"2026-11-25T16:00:00.000000Z"`; null for a time that is not known yet, or never comes.
inline void write_time(JsonWriter& json, std::string_view name, topology::EventTime time) {
  json.name(name);
  if (time == topology::EventTime::minus_infinity() || time == topology::EventTime::infinity()) {
    json.null();
  } else {
    json.text(topology::format_instant(topology::to_instant(time), 6));
  }
}

}  // namespace tallymill::processor
