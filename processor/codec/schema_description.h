#pragma once

#include <simdjson.h>

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "processor/codec/debezium_decoder.h"
#include "processor/codec/wire_encoding.h"

namespace tallymill::processor {

/// How the declared columns are encoded, in the order of `columns`.
struct SchemaDescription {
  std::vector<WireEncoding> envelope_row;  ///< in `after`, else `before`
  std::vector<WireEncoding> top_level;     ///< of a flattened row or a key
  std::vector<WireEncoding> whole;         ///< of a payload that is the column's value itself, as a key's may be
};

/// What is known without a schema: the columns' own words.
SchemaDescription describe_without_schema(std::span<const WireColumn> columns);

/// Reads an embedded Connect schema. A column that it does not describe is encoded as without a schema.
/// Nothing if `schema` is no JSON; `parser` may be in use by nobody else.
std::optional<SchemaDescription> describe_schema(simdjson::dom::parser& parser, std::string_view schema,
                                                 std::span<const WireColumn> columns);

}  // namespace tallymill::processor
