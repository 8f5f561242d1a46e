#pragma once

#include <simdjson.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/codec/placeholder.h"
#include "processor/codec/reading.h"
#include "processor/codec/wire_encoding.h"
#include "topology/data/arena.h"
#include "topology/data/row.h"

namespace tallymill::processor {

/// The item that a list was refused for.
struct RefusedItem {
  std::string_view token;
  std::string place;  ///< "item 2", or "item 1 of item 2" of a list of lists
};

/// Reads JSON values as declared types. The placeholder for an unchanged TOAST value is Value::unavailable();
/// JSON null is Value::null(). Integers may come as text, a uuid is checked and in lower case, a column of json
/// takes any value and keeps its text. Bytes that come as text are read as the schema or the column's `encoding`
/// says, and without a word only if base64 or hexadecimal digits are the one reading.
class WireValueReader {
 public:
  /// `own_placeholder`: unavailable.value.placeholder, empty if it is Debezium's own.
  explicit WireValueReader(std::string_view own_placeholder) : placeholder_(own_placeholder) {}

  /// `token` is token_of(value). Strings view into the payload or `arena`.
  Reading read(const topology::Type& type, const WireEncoding& encoding, std::string_view token,
               simdjson::ondemand::value& value, topology::Arena& arena);

  /// The same of a scalar that is not JSON's: what a string holds, or a converter's plain text.
  Reading read_text(const topology::Type& type, const WireEncoding& encoding, std::string_view text,
                    topology::Arena& arena) const;

  /// The same of a JSON number's token.
  static Reading read_number(const topology::Type& type, const WireEncoding& encoding, std::string_view token,
                             topology::Arena& arena);

  /// Of the value that was refused last; nothing if it was not one item of a list that was. May be asked once.
  std::optional<RefusedItem> take_refused_item() { return std::exchange(refused_item_, std::nullopt); }

 private:
  Reading read_object(const topology::Type& type, const WireEncoding& encoding,
                      simdjson::ondemand::value& value, topology::Arena& arena);
  Reading read_variable_scale_decimal(const WireEncoding& encoding,
                                      simdjson::ondemand::value& value, topology::Arena& arena);
  Reading read_list(const topology::Type& element, const WireEncoding& encoding,
                    simdjson::ondemand::value& value, topology::Arena& arena);
  Reading read_items(const topology::Type& element, const WireEncoding& encoding,
                     simdjson::ondemand::array& array, topology::Arena& arena);
  void note_refused_item(std::size_t index, std::string_view token);
  /// An object or array as its text. simdjson has not looked into it yet.
  Reading read_json(std::string_view text);

  Placeholder placeholder_;
  std::vector<topology::Value> items_;  // a stack: a list inside of a list puts its items on top
  std::optional<RefusedItem> refused_item_;
  simdjson::dom::parser json_parser_;  // of what a json column holds
};

}  // namespace tallymill::processor
