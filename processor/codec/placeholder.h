#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "topology/data/row.h"

namespace tallymill::processor {

/// What a connector sends for a value that an update did not change and that PostgreSQL did not log (TOAST):
/// "__debezium_unavailable_value", and unavailable.value.placeholder where that is set, each in all the forms
/// that the types of columns give it.
class Placeholder {
 public:
  /// `own` as the connector's setting has it, "hex:" before the digits of bytes included; empty: Debezium's.
  explicit Placeholder(std::string_view own);

  /// Whether a text that came for a column of this kind is the placeholder. Debezium's is known in every
  /// column. Of another one base64 and digits count only where the connector writes them: it may be short.
  bool is(std::string_view text, topology::TypeKind kind) const {
    return (text.size() >= shortest_of_debezium && is_debezium(text)) || (own_ && is_own(text, kind));
  }
  /// Whether a text looks like a placeholder that the source does not name, such as "__toasted__". Where the source
  /// names one, no other text is suspected.
  bool is_resembled_by(std::string_view text) const {
    return !own_ && text.starts_with("__") && speaks_of_absence(text);
  }
  /// An unchanged int[] or bigint[] comes as the placeholder's bytes.
  bool is(std::span<const topology::Value> items) const;

 private:
  struct Forms {
    std::string text;
    std::string base64;
    std::string hex;
    std::string uuid;  ///< Java's UUID.nameUUIDFromBytes of it: the item of an unchanged uuid[]
  };

  static constexpr std::size_t shortest_of_debezium = 28;

  static bool speaks_of_absence(std::string_view text);
  static bool is_debezium(std::string_view text);
  bool is_own(std::string_view text, topology::TypeKind kind) const;

  std::shared_ptr<const Forms> own_;
};

}  // namespace tallymill::processor
