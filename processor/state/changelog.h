#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "topology/base/result.h"

namespace tallymill::processor {

/// Keys of a changelog's records. One changelog partition holds all of one task: the entries of its stores,
/// and its metadata under a key of its own, so that compaction keeps the newest of each.
///
///   u8 format = 1 | varint 0                          the task's metadata
///   u8 format = 1 | varint store position + 1 | key   an entry of a store
///
/// Values are the store's own bytes, whose first byte is their format, and a tombstone for an erased key.
struct ChangelogKey {
  std::optional<std::size_t> store;  ///< nothing: the metadata
  std::string_view key;
};

void append_changelog_key(std::string& out, std::size_t store, std::string_view key);
std::string metadata_changelog_key();

/// Views into `bytes`. Error: changelog_damaged.
topology::Result<ChangelogKey> read_changelog_key(std::string_view bytes);

}  // namespace tallymill::processor
