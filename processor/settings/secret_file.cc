#include "processor/settings/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "topology/spec/excerpt.h"

namespace tallymill::processor {

using topology::Error;
using topology::ErrorCode;
using topology::Result;

namespace {

namespace filesystem = std::filesystem;

class FileDescriptor {
 public:
  explicit FileDescriptor(int number) : number_(number) {}
  ~FileDescriptor() {
    if (number_ >= 0) ::close(number_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

Error unreadable(const std::string& path, const std::string& why) {
  return {ErrorCode::cannot_read, "the secret file " + topology::in_quotes(path) + " cannot be read: " + why,
          "check the path, and that this process may read the file"};
}

std::string system_text(int number) { return std::generic_category().message(number); }

bool is_below(const filesystem::path& file, const std::string& folder_name) {
  std::error_code error;
  const filesystem::path folder = filesystem::canonical(folder_name, error);
  if (error) return false;
  const auto [folder_end, file_rest] = std::mismatch(folder.begin(), folder.end(), file.begin(), file.end());
  return folder_end == folder.end() && file_rest != file.end();
}

Result<std::string> read_regular_file(const std::string& path, const filesystem::path& canonical) {
  // The canonical path has no link; if one has come in its place since, it is not followed. A pipe does not
  // hold up the start.
  const FileDescriptor file(::open(canonical.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (file.number() < 0) return unreadable(path, system_text(errno));
  struct stat status{};
  if (::fstat(file.number(), &status) != 0) return unreadable(path, system_text(errno));
  if (!S_ISREG(status.st_mode)) return unreadable(path, "it is no regular file");
  std::string text(secret_file_bytes_max + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t count = ::read(file.number(), text.data() + size, text.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return unreadable(path, system_text(errno));
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  text.resize(size);
  if (size > secret_file_bytes_max) {
    return unreadable(path, "it has more than " + std::to_string(secret_file_bytes_max) + " bytes");
  }
  return text;
}

}  // namespace

Result<std::string> read_secret_file(const std::string& path, const std::vector<std::string>& folders) {
  const filesystem::path written(path);
  const bool has_zero = path.find('\0') != std::string::npos;  // behind it the system would read nothing
  if (has_zero || !written.is_absolute() ||
      std::find(written.begin(), written.end(), "..") != written.end()) {
    // Not repeated: what is no path may be the secret itself.
    return Error{ErrorCode::invalid_value, "${file:..} takes an absolute path without `..`",
                 "write ${file:/folder/name}"};
  }
  if (folders.empty()) {
    return Error{
        ErrorCode::invalid_value,
        "the secret file " + topology::in_quotes(path) + " cannot be read: secrets.directories is not set",
        "name the folder of the file in secrets.directories"};
  }
  std::error_code error;
  const filesystem::path canonical = filesystem::canonical(written, error);
  if (error) return unreadable(path, error.message());
  if (std::ranges::none_of(folders, [&](const std::string& folder) { return is_below(canonical, folder); })) {
    return Error{
        ErrorCode::invalid_value,
        "the secret file " + topology::in_quotes(path) + " lies below no folder of secrets.directories",
        "move it there, or add its folder; where a link leads counts, not where it stands"};
  }
  auto text = read_regular_file(path, canonical);
  if (!text) return text;
  if (text->ends_with('\n')) text->pop_back();
  if (text->ends_with('\r')) text->pop_back();
  if (text->empty()) return unreadable(path, "it is empty");
  return text;
}

}  // namespace tallymill::processor
