#include "processor/codec/keyed_hash.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "topology/base/invariant.h"

namespace tallymill::processor {

std::string keyed_hash(std::string_view key, std::string_view text) {
  constexpr std::string_view hexadecimal = "0123456789abcdef";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  const auto* made =
      HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes, text.size(), digest.data(), &size);
  INVARIANT(made != nullptr, "a hash could not be computed");
  std::string out;
  for (unsigned int i = 0; i < size; ++i) {
    out += hexadecimal[digest[i] >> 4];
    out += hexadecimal[digest[i] & 15];
  }
  return out;
}

}  // namespace tallymill::processor
