#include "processor/codec/field_order.h"

#include <algorithm>
#include <cstring>

#include "processor/codec/json_text.h"

namespace tallymill::processor {

void FieldOrder::add(std::string_view name, FieldIndex index) {
  static_assert(name_size_max + 1 <= payload_padding, "a comparison may read behind the payload");
  indexes_.insert_or_assign(std::string(name), index);
}

FieldIndex FieldOrder::find(std::string_view name) const {
  const auto found = indexes_.find(name);
  return found == indexes_.end() ? other_field : found->second;
}

FieldIndex FieldOrder::meaning_of(std::string_view name) const {
  const FieldIndex index = find(name);
  return index == other_field && other_names_ != nullptr ? other_names_(name) : index;
}

FieldIndex FieldOrder::look_up(simdjson::ondemand::field& field, const char* key) {
  const char* end = key;
  while (*end != '"' && *end != '\\') ++end;  // stage 1 has seen that every string is closed
  if (*end == '\\') {
    std::string_view unescaped;
    remember("\x01", other_field);  // no key has a bare control character, so this matches none
    return field.unescaped_key().get(unescaped) ? other_field : meaning_of(unescaped);
  }
  const std::string_view name(key, static_cast<std::size_t>(end - key));
  const FieldIndex index = meaning_of(name);
  remember(name.size() <= name_size_max ? name : "\x01", index);
  return index;
}

void FieldOrder::remember(std::string_view name, FieldIndex index) {
  if (position_ == remembered_.size() && position_ < remembered_max) remembered_.emplace_back();
  if (position_ < remembered_.size()) {
    Remembered& slot = remembered_[position_];
    std::memcpy(slot.quoted_end.data(), name.data(), name.size());
    slot.quoted_end[name.size()] = '"';
    slot.size = static_cast<std::uint32_t>(name.size()) + 1;
    slot.index = index;
    std::array<unsigned char, sizeof slot.masks> mask_bytes{};
    std::fill_n(mask_bytes.begin(), std::min<std::size_t>(slot.size, mask_bytes.size()), 0xff);
    std::memcpy(slot.masks.data(), mask_bytes.data(), mask_bytes.size());
  }
  ++position_;
}

std::string_view FieldOrder::similar_in_last_object(std::string_view name) const {
  const auto end = remembered_.begin() + static_cast<std::ptrdiff_t>(std::min(position_, remembered_.size()));
  for (auto slot = remembered_.begin(); slot != end; ++slot) {
    const std::string_view other(slot->quoted_end.data(), slot->size - 1);
    const bool is_similar = std::equal(name.begin(), name.end(), other.begin(), other.end(), [](char a, char b) {
      return a == b || ((a ^ b) == 0x20 && (a | 0x20) >= 'a' && (a | 0x20) <= 'z');
    });
    if (is_similar && name != other) return other;
  }
  return {};
}

}  // namespace tallymill::processor
