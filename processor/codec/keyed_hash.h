#pragma once

#include <string>
#include <string_view>

namespace tallymill::processor {

/// HMAC-SHA256 (RFC 2104) in 64 hexadecimal digits: equal texts have equal hashes, and only who has the key
/// can tell what a text was.
std::string keyed_hash(std::string_view key, std::string_view text);

}  // namespace tallymill::processor
