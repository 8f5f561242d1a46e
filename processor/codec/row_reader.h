#pragma once

#include <simdjson.h>

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "processor/codec/debezium_decoder.h"
#include "processor/codec/field_order.h"
#include "processor/codec/wire_encoding.h"
#include "processor/codec/wire_values.h"
#include "topology/data/arena.h"
#include "topology/data/envelope.h"

namespace tallymill::processor {

/// A row as it is being read: values by column, and the first column that could not be read.
struct RowBlock {
  std::span<topology::Value> values;
  std::unique_ptr<topology::Error>
      error;  ///< of a column, whose value stays unset; null if all could be read
};

/// Reads the declared columns of row objects.
class RowReader {
 public:
  explicit RowReader(const WireFormat& format);

  std::span<const WireColumn> columns() const { return columns_; }

  /// A row in `arena` with every value unset.
  RowBlock make_row(topology::Arena& arena) const;

  /// Reads one column's value into `row`. A column that stands twice has its last value, as in Jackson and
  /// PostgreSQL's jsonb. False if the JSON is broken; a value of the wrong kind is the row's error instead.
  bool read_column(std::size_t column, const WireEncoding& encoding, std::string_view token,
                   simdjson::ondemand::value& value, topology::Arena& arena, RowBlock& row);

  /// Reads a whole row object. False if the JSON is broken.
  bool read_object(simdjson::ondemand::object& object, std::span<const WireEncoding> encodings,
                   topology::Arena& arena, RowBlock& row);

  /// The error for the first column that must be there and is not: of the object read last, which `order` has
  /// read. A column of the primary key may stand in the Kafka key alone, metadata columns are in no record, and
  /// of `optional` and `absent` columns the normalizer decides. An object with not one declared column is no row
  /// of this table, whatever may be absent: malformed_record.
  std::optional<topology::Error> absence(const RowBlock& row, const topology::RecordKey& key,
                                         const FieldOrder& order) const;
  /// The same for the object read last by read_object.
  std::optional<topology::Error> absence(const RowBlock& row, const topology::RecordKey& key) const {
    return absence(row, key, order_);
  }

  /// Whether any declared column could be read.
  bool has_any(const RowBlock& row) const;

 private:
  bool is_in_key(std::size_t column, const topology::RecordKey& key) const;

  std::vector<WireColumn> columns_;
  std::size_t row_size_;  ///< at least as many as there are columns; the values behind them stay unset
  std::vector<std::size_t> primary_key_;
  FieldOrder order_;
  WireValueReader values_;
};

}  // namespace tallymill::processor
