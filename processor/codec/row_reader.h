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
  /// `row_size`: values per row, at least as many as there are columns; those behind the columns stay unset.
  RowReader(std::vector<WireColumn> columns, std::size_t row_size);

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

  /// The error for the first column that must be there and is not; `order` has read the object.
  std::optional<topology::Error> first_absent(const RowBlock& row, const FieldOrder& order) const;
  /// The same for the object read last by read_object.
  std::optional<topology::Error> first_absent(const RowBlock& row) const { return first_absent(row, order_); }

 private:
  std::vector<WireColumn> columns_;
  std::size_t row_size_;
  FieldOrder order_;
  WireValueReader values_;
};

}  // namespace tallymill::processor
