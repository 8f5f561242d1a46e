#include "processor/state/process_identity.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <random>
#include <utility>

namespace tallymill::processor {

using topology::Error;
using topology::ErrorCode;

namespace {

constexpr std::size_t id_digits = 32;

Error unusable(const std::string& path, std::string_view why) {
  return {ErrorCode::cannot_read, "the state directory \"" + path + "\" cannot be used: " + std::string(why),
          "set state.directory to a folder that this user can write"};
}

std::string random_id() {
  constexpr std::string_view digits = "0123456789abcdef";
  std::random_device random;
  std::string id;
  while (id.size() < id_digits) id += digits[random() % digits.size()];
  return id;
}

bool is_id(std::string_view text) {
  return text.size() == id_digits && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

/// The id in the file; a new one, written, where none stands. Empty: it could not be written.
std::string read_or_make_id(int file) {
  std::array<char, id_digits + 1> content{};
  const ssize_t size = ::pread(file, content.data(), content.size(), 0);
  const std::string_view text(content.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  if (is_id(text)) return std::string(text);
  std::string id = random_id();
  const bool is_written = ::ftruncate(file, 0) == 0 &&
                          ::pwrite(file, id.data(), id.size(), 0) == static_cast<ssize_t>(id.size()) &&
                          ::fsync(file) == 0;
  return is_written ? id : std::string();
}

}  // namespace

topology::Result<ProcessIdentity> ProcessIdentity::acquire(const std::string& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return unusable(directory, error.message());
  const std::string path = directory + "/process-id";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) return unusable(directory, std::strerror(errno));
  ProcessIdentity identity(file, {});
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    return Error{ErrorCode::state_in_use, "another process uses the state directory \"" + directory + "\"",
                 "give each instance on this machine a state.directory of its own"};
  }
  identity.id_ = read_or_make_id(file);
  if (identity.id_.empty()) return unusable(directory, std::strerror(errno));
  return identity;
}

ProcessIdentity::~ProcessIdentity() {
  if (lock_ >= 0) ::close(lock_);
}

ProcessIdentity::ProcessIdentity(ProcessIdentity&& other) noexcept
    : lock_(std::exchange(other.lock_, -1)), id_(std::move(other.id_)) {}

}  // namespace tallymill::processor
