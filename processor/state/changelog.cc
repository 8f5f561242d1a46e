#include "processor/state/changelog.h"

#include "topology/data/row_codec.h"

namespace tallymill::processor {

namespace {

constexpr std::uint8_t key_format = 1;

}  // namespace

void append_changelog_key(std::string& out, std::size_t store, std::string_view key) {
  topology::append_u8(out, key_format);
  topology::append_varint(out, store + 1);
  out += key;
}

std::string metadata_changelog_key() {
  std::string key;
  topology::append_u8(key, key_format);
  topology::append_varint(key, 0);
  return key;
}

topology::Result<ChangelogKey> read_changelog_key(std::string_view bytes) {
  topology::ByteReader reader(bytes);
  const bool is_known = reader.u8() == key_format;
  const std::uint64_t store = reader.varint();
  if (!is_known || !reader.ok() || (store == 0 && !reader.at_end())) {
    return topology::Error{topology::ErrorCode::changelog_damaged,
                           "a record of a changelog has a key of an unknown form",
                           "only Tallymill writes internal topics: find out who else did, or run the version "
                           "that wrote it"};
  }
  if (store == 0) return ChangelogKey{};
  return ChangelogKey{store - 1, reader.rest()};
}

}  // namespace tallymill::processor
