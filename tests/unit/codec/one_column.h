#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "processor/codec/debezium_decoder.h"

namespace tallymill::tests {

/// A table `x` with one column, to see what becomes of one value: `{"op":"c","after":{"x":VALUE},..}`.
class OneColumn {
 public:
  explicit OneColumn(topology::Type type);

  OneColumn& scale(int digits);
  OneColumn& unit(topology::TimeUnit unit);
  OneColumn& wire(topology::DecimalWire wire);
  OneColumn& encoding(topology::BytesEncoding encoding);
  /// unavailable.value.placeholder of the connector.
  OneColumn& placeholder(std::string_view text);
  OneColumn& sensitive();
  /// Sends a schema in which the column is described by this Connect type, such as `"type":"int64"`.
  OneColumn& schema(std::string_view column_type);

  /// The JSON text of what `json` is read as, "unavailable", "absent", or "CODE: message (hint)".
  std::string read(std::string_view json) const;

 private:
  processor::WireColumn column_;
  std::string placeholder_;
  std::optional<std::string> schema_;
};

/// An envelope as Debezium writes it, with a source block.
std::string envelope(std::string_view operation, std::string_view before, std::string_view after);

/// "CODE: message (hint)".
std::string text_of(const topology::Error& error);

/// The JSON text of a value; "unavailable" and "absent" for what is never printed.
std::string text_of(const topology::Value& value);

/// A row's values, separated by '|'.
std::string text_of(topology::Row row);

/// A decoder's result as text: "c before=.. after=.. key=..", or "CODE: message (hint)" if it has an error.
std::string text_of(const topology::Result<topology::Envelope>& envelope);

}  // namespace tallymill::tests
