#pragma once

#include <simdjson.h>

#include <string_view>
#include <vector>

#include "processor/codec/reading.h"
#include "processor/codec/wire_encoding.h"
#include "topology/data/arena.h"
#include "topology/data/row.h"

namespace tallymill::processor {

/// Reads JSON values as declared types. Debezium's placeholder for an unchanged TOAST value, in all its forms
/// (text, base64, hex, lists of them or of its bytes), is Value::unavailable(); JSON null is Value::null().
class WireValueReader {
 public:
  /// `token` is token_of(value). Strings view into the payload or `arena`.
  Reading read(const topology::Type& type, const WireEncoding& encoding, std::string_view token,
               simdjson::ondemand::value& value, topology::Arena& arena);

 private:
  Reading read_list(const topology::Type& element, const WireEncoding& encoding,
                    simdjson::ondemand::value& value, topology::Arena& arena);
  Reading read_items(const topology::Type& element, const WireEncoding& encoding,
                     simdjson::ondemand::array& array, topology::Arena& arena);

  std::vector<topology::Value> items_;  // a stack: a list inside of a list puts its items on top
};

}  // namespace tallymill::processor
