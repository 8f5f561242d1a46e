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

FieldIndex FieldOrder::look_up(simdjson::ondemand::field& field, const char* key) {
  const char* end = key;
  while (*end != '"' && *end != '\\') ++end;  // stage 1 has seen that every string is closed
  if (*end == '\\') {
    std::string_view unescaped;
    remember("\x01", other_field);  // no key has a bare control character, so this matches none
    return field.unescaped_key().get(unescaped) ? other_field : find(unescaped);
  }
  const std::string_view name(key, static_cast<std::size_t>(end - key));
  const FieldIndex index = find(name);
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

bool FieldOrder::last_object_had(std::string_view name) const {
  const auto end = remembered_.begin() + static_cast<std::ptrdiff_t>(std::min(position_, remembered_.size()));
  return std::any_of(remembered_.begin(), end, [&](const Remembered& slot) {
    return std::string_view(slot.quoted_end.data(), slot.size - 1) == name;
  });
}

}  // namespace tallymill::processor
