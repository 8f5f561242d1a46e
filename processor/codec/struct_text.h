#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>

namespace tallymill::processor {

/// A field of a record that StringConverter wrote, such as id of "Struct{id=1,tenant=acme}".
struct StructField {
  std::string_view name;
  std::string_view value;
};

/// The fields of such a text, which quotes and escapes nothing: read only if its commas and equals signs can be
/// taken in one way.
class StructText {
 public:
  static constexpr std::string_view mark = "Struct{";

  /// Nothing if `text` is no such text, is ambiguous, or has more fields than keys have.
  static std::optional<StructText> read(std::string_view text);

  std::span<const StructField> fields() const { return {fields_.data(), size_}; }

 private:
  std::array<StructField, 16> fields_;
  std::size_t size_ = 0;
};

}  // namespace tallymill::processor
