#pragma once

#include <simdjson.h>

#include <cstring>
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

/// A field that says what happened to the row, as it came.
struct OperationField {
  const char* quoted_name;  ///< on the wire, behind its opening quote
  std::string_view token;   ///< its JSON text

  std::string_view name() const { return {quoted_name, std::strcspn(quoted_name, "\"")}; }
};

/// Whether a mark of deletion is set: add.fields and rewritten deletes write it as a boolean or as text.
inline bool is_true(std::string_view token) { return token == "true" || token == "\"true\""; }

/// Adds a field that a Kafka key has beside the primary key. `value` is its JSON text, a string's without quotes.
void add_beside(topology::BesideKey& beside, std::string_view name, std::string_view value);

/// The parts of a record, found in one pass over its top level.
struct RecordParts {
  ShapeEvidence evidence;  ///< whether the shape that was assumed is the right one
  std::optional<OperationField> operation;  ///< op, or __op and the declared `operation`
  std::optional<OperationField> deleted;    ///< __deleted and the declared `deleted`
  // Undeclared fields of a flattened record that are called and filled as these two are with other settings; the second
  // is one that speaks of a deletion, in whichever form.
  std::optional<OperationField> operation_like;
  std::optional<OperationField> deleted_like;
  topology::BesideKey beside;   ///< of a key
  bool may_be_foreign = false;  ///< flattened, with a field as other tools' envelopes have them
  bool is_wrapped = false;      ///< the payload stands deeper, and the other parts are good for nothing
  std::optional<RowBlock> before;
  std::optional<RowBlock> after;
  std::optional<RowBlock> row;  ///< the flattened row

  /// As a new one is, but for an evidence of nothing.
  void clear() {
    operation.reset();
    deleted.reset();
    operation_like.reset();
    deleted_like.reset();
    beside = {};
    may_be_foreign = false;
    is_wrapped = false;
    before.reset();
    after.reset();
    row.reset();
  }
};

/// Reads a record's top level. Which shape a record has is known only after its last field, as `op` comes
/// last; so a pass assumes one, collects the evidence, and is repeated in the rare case that it assumed
/// wrongly.
class RecordReader {
 public:
  explicit RecordReader(const WireFormat& format);

  /// Reads as if the record had the shape `assumed`, envelope or flattened. An error only if the JSON is
  /// broken or no object; parts() are good for nothing then. Sets the members of the envelope that come from
  /// `source` or its flattened fields; a null one is that of a key, which has no such fields.
  simdjson::error_code read(simdjson::ondemand::parser& parser, const Payload& payload, RecordShape assumed,
                            topology::Arena& arena, topology::Envelope* envelope);
  /// Of the record read last.
  RecordParts& parts() { return parts_; }
  const RecordParts& parts() const { return parts_; }

  /// RowReader::absence of the flattened row, or of the image, of the record read last.
  std::optional<topology::Error> absence_in_flattened(const RowBlock& row, const topology::RecordKey& key) const;
  std::optional<topology::Error> absence_in_image(const RowBlock& row, const topology::RecordKey& key) const;

  const RowReader& rows() const { return rows_; }

 private:
  /// What a name at the top of a record stands for; a column may have a reserved name.
  struct TopField {
    std::optional<std::size_t> column;
    std::optional<ReservedField> reserved;
    bool says_operation = false;  ///< of a flattened record
    bool says_deleted = false;    ///< of a flattened record
    bool is_told = false;         ///< note_operation has something to say of it
  };
  /// One field's JSON.
  struct Item {
    std::string_view token;
    simdjson::ondemand::value& value;
    const char* quoted_name;
  };

  std::size_t top_field(std::string_view name);
  bool read_envelope_field(ReservedField field, const Item& item, const SchemaDescription& schema,
                           topology::Arena& arena, topology::Envelope* envelope);
  bool read_flattened_field(const TopField& field, const Item& item, const SchemaDescription& schema,
                            topology::Arena& arena, topology::Envelope* envelope);
  /// Of a key: what it has beside the primary key.
  void note_beside(const Item& item);
  void note_operation(const TopField& field, const Item& item);
  static bool read_metadata(ReservedField field, const Item& item, topology::Arena& arena,
                            topology::Envelope& envelope);
  bool read_block(const Item& item, const SchemaDescription& schema, topology::Arena& arena,
                  std::optional<RowBlock>& row);

  RowReader rows_;
  SourceBlockReader source_;
  FieldOrder order_;
  std::vector<TopField> top_fields_;  ///< the first stand for names that resemble an operation's
  std::uint64_t declared_ = 0;
  RecordParts parts_;  ///< kept from record to record: to fill all of it with zeros would cost more than to clear it
};

}  // namespace tallymill::processor
