#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "topology/base/result.h"

namespace tallymill::processor {

inline constexpr std::size_t secret_file_bytes_max = 64 << 10;

/// The content of a regular file below one of `folders`, less one line end at its end. The path is absolute
/// and has no `..`, and with every symbolic link followed the file still lies below a folder: so links within
/// a folder work (Kubernetes mounts secrets through them) and links out of it do not. Error: invalid_value or
/// cannot_read; it names the path, and holds nothing of the content.
topology::Result<std::string> read_secret_file(const std::string& path,
                                               const std::vector<std::string>& folders);

}  // namespace tallymill::processor
