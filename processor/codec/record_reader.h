#pragma once

#include <simdjson.h>

#include <optional>
#include <string_view>
#include <vector>

#include "processor/codec/field_order.h"
#include "processor/codec/record_shape.h"
#include "processor/codec/row_reader.h"
#include "processor/codec/schema_description.h"
#include "processor/codec/source_block.h"
#include "topology/data/envelope.h"

namespace tallymill::processor {

/// A record's JSON and what its schema says.
struct Payload {
  std::string_view text;            ///< a padded_copy
  const SchemaDescription& schema;  ///< without_schema() if there is none
  bool may_be_wrapped;              ///< false for what was unwrapped already
};

/// The parts of a record, found in one pass over its top level.
struct RecordParts {
  ShapeEvidence evidence;       ///< whether the shape that was assumed is the right one
  topology::Envelope envelope;  ///< only the members that come from `source` or its flattened fields
  std::string_view operation;   ///< op or __op; empty if absent
  bool deleted = false;         ///< __deleted is true
  std::optional<RowBlock> before;
  std::optional<RowBlock> after;
  std::optional<RowBlock> row;  ///< the flattened row
};

/// Reads a record's top level. Which shape a record has is known only after its last field, as `op` comes
/// last; so a pass assumes one, collects the evidence, and is repeated in the rare case that it assumed
/// wrongly.
class RecordReader {
 public:
  RecordReader(std::vector<WireColumn> columns, std::size_t row_size);

  /// Reads as if the record had the shape `assumed`, envelope or flattened. An error only if the JSON is
  /// broken or no object; the parts are good for nothing then. `parts` is a fresh one.
  simdjson::error_code read(simdjson::ondemand::parser& parser, const Payload& payload, RecordShape assumed,
                            topology::Arena& arena, RecordParts& parts);

  /// The error for the first column that must be in `row` and is not: the flattened row, or the `after`, of
  /// the record read last.
  std::optional<topology::Error> first_absent_flattened(const RowBlock& row) const;
  std::optional<topology::Error> first_absent_after(const RowBlock& row) const;

 private:
  /// What a name at the top of a record stands for; a column may have a reserved name.
  struct TopField {
    std::optional<std::size_t> column;
    std::optional<ReservedField> reserved;
  };
  /// One field's JSON.
  struct Item {
    std::string_view token;
    simdjson::ondemand::value& value;
  };

  std::size_t top_field(std::string_view name);
  bool read_envelope_field(ReservedField field, const Item& item, const SchemaDescription& schema,
                           topology::Arena& arena, RecordParts& parts);
  bool read_flattened_field(const TopField& field, const Item& item, const SchemaDescription& schema,
                            topology::Arena& arena, RecordParts& parts);
  bool read_metadata(ReservedField field, const Item& item, topology::Arena& arena, RecordParts& parts);
  bool read_block(const Item& item, const SchemaDescription& schema, topology::Arena& arena,
                  std::optional<RowBlock>& row);

  RowReader rows_;
  SourceBlockReader source_;
  FieldOrder order_;
  std::vector<TopField> top_fields_;
  std::uint32_t declared_ = 0;
};

}  // namespace tallymill::processor
