#pragma once

#include <simdjson.h>

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace tallymill::processor {

/// Which field of an object a name stands for: an index of the owner's choosing.
using FieldIndex = std::int32_t;
constexpr FieldIndex other_field = -1;

/// Finds the fields of one kind of object (a row, the source block). Connectors write the same fields in the
/// same order again and again, so the order of the last object is remembered: one comparison per field
/// instead of a search for the name's end and a hash. Field order and unknown fields change the speed, never
/// the result.
class FieldOrder {
 public:
  /// Says what a name that was not added stands for.
  using OtherNames = FieldIndex (*)(std::string_view name);

  explicit FieldOrder(OtherNames other_names = nullptr) : other_names_(other_names) {}

  /// `name` stands for `index` from now on; only before the first object.
  void add(std::string_view name, FieldIndex index);

  /// The index that `name` was added for, or other_field.
  FieldIndex find(std::string_view name) const;

  /// A new object begins.
  void begin() { position_ = 0; }

  /// The index of the object's next field, or other_field. Nothing else may take the field's key.
  FieldIndex next(simdjson::ondemand::field& field) {
    const char* key = field.key().raw();
    if (position_ < remembered_.size()) {
      const Remembered& expected = remembered_[position_];
      if (expected.matches(key)) {
        ++position_;
        return expected.index;
      }
    }
    return look_up(field, key);
  }

  /// A field of the object read last whose name differs from `name` in upper and lower case alone; empty if it
  /// had none. Only remembered names are known; for messages.
  std::string_view similar_in_last_object(std::string_view name) const;

 private:
  // PostgreSQL's names have at most 63 bytes. Longer ones, ones with escapes and those behind the first 2048
  // are looked up each time.
  static constexpr std::size_t name_size_max = 63;
  static constexpr std::size_t remembered_max = 2048;

  /// A name with its closing quote. Most names fit two words, which compare without a branch or a call.
  struct Remembered {
    std::array<char, name_size_max + 1> quoted_end{};
    std::uint32_t size = 0;
    FieldIndex index = other_field;
    std::array<std::uint64_t, 2> masks{};  ///< of the bytes of the first two words that belong to the name

    bool matches(const char* key) const {
      const std::uint64_t different = ((word(key, 0) ^ word(quoted_end.data(), 0)) & masks[0]) |
                                      ((word(key, 1) ^ word(quoted_end.data(), 1)) & masks[1]);
      if (different != 0) return false;
      return size <= 16 || std::memcmp(key + 16, quoted_end.data() + 16, size - 16) == 0;
    }
    static std::uint64_t word(const char* bytes, std::size_t index) {
      std::uint64_t word;
      std::memcpy(&word, bytes + index * sizeof word, sizeof word);
      return word;
    }
  };
  struct NameHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>{}(name); }
  };

  FieldIndex meaning_of(std::string_view name) const;
  FieldIndex look_up(simdjson::ondemand::field& field, const char* key);
  void remember(std::string_view name, FieldIndex index);

  OtherNames other_names_;
  boost::unordered_flat_map<std::string, FieldIndex, NameHash, std::equal_to<>> indexes_;
  std::vector<Remembered> remembered_;
  std::size_t position_ = 0;
};

}  // namespace tallymill::processor
