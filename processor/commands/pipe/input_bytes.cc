#include "processor/commands/pipe/input_bytes.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "topology/base/invariant.h"

namespace tallymill::processor {

using topology::Error;
using topology::ErrorCode;
using topology::Result;
using topology::Status;
using namespace std::string_view_literals;

namespace {

/// Little enough to stay in the processor's cache until it is taken.
constexpr std::size_t chunk_bytes = 64 * 1024;
/// As many as tell the packings apart.
constexpr std::size_t beginning_bytes = 6;
constexpr std::string_view gzip_magic = "\x1f\x8b"sv;
/// zlib's largest window, and gzip's header around it.
constexpr int gzip_window_bits = 15 + 16;

struct OtherForm {
  std::string_view magic;
  std::string_view name;
  std::string_view command;
};

constexpr std::array<OtherForm, 7> other_forms = {{
    {"\x28\xb5\x2f\xfd"sv, "packed with zstd", "zstd -dc"},
    {"\xfd\x37\x7a\x58\x5a\x00"sv, "packed with xz", "xz -dc"},
    {"BZh"sv, "packed with bzip2", "bzip2 -dc"},
    {"\x04\x22\x4d\x18"sv, "packed with lz4", "lz4 -dc"},
    {"PK\x03\x04"sv, "a zip archive", "unzip -p"},
    {"\xff\xfe"sv, "UTF-16", "iconv -f UTF-16 -t UTF-8"},
    {"\xfe\xff"sv, "UTF-16", "iconv -f UTF-16 -t UTF-8"},
}};

}  // namespace

Error InputBytes::cannot_read(std::string_view why, std::string_view hint) const {
  const std::string name = path_ == "-" ? "standard input" : "\"" + path_ + "\"";
  return {ErrorCode::cannot_read, "cannot read " + name + ": " + std::string(why), std::string(hint)};
}

InputBytes::InputBytes(std::string path, int descriptor, const StopSignals& signals)
    : path_(std::move(path)), descriptor_(descriptor), signals_(signals) {
  struct stat status {};
  if (::fstat(descriptor_, &status) == 0) is_regular_file_ = S_ISREG(status.st_mode) && path_ != "-";
}

InputBytes::~InputBytes() {
  if (is_gzip_) inflateEnd(&gzip_);
  if (path_ != "-" && descriptor_ >= 0) ::close(descriptor_);
}

Result<std::unique_ptr<InputBytes>> InputBytes::open(const std::string& path, const StopSignals& signals) {
  const int descriptor = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const int error = errno;
  std::unique_ptr<InputBytes> input(new InputBytes(path, descriptor, signals));
  if (descriptor < 0) return input->cannot_read(std::strerror(error), "check the path");
  if (auto status = input->look_at_beginning(); !status) return status.error();
  return input;
}

Status InputBytes::look_at_beginning() {
  while (!at_end_ && raw_end_ < beginning_bytes) {
    if (auto status = fill(); !status) return status;
  }
  const std::string_view beginning(raw_.data(), raw_end_);
  for (const OtherForm& form : other_forms) {
    if (!beginning.starts_with(form.magic)) continue;
    const std::string file = path_ == "-" ? "" : " " + path_;
    return cannot_read("it is " + std::string(form.name) + "; UTF-8, plain or packed with gzip, is read",
                       std::string(form.command) + file + " | tallymill pipe TOPOLOGY -");
  }
  if (!beginning.starts_with(gzip_magic)) return {};
  INVARIANT(inflateInit2(&gzip_, gzip_window_bits) == Z_OK, "zlib of another version, or no memory");
  is_gzip_ = true;
  return {};
}

Result<std::size_t> InputBytes::read_raw(std::span<char> out) {
  // A regular file never makes wait; a signal is seen between two reads of it.
  if (!is_regular_file_) {
    std::array<pollfd, 2> waits = {{{descriptor_, POLLIN, 0}, {signals_.descriptor(), POLLIN, 0}}};
    while (::poll(waits.data(), waits.size(), -1) < 0 && errno == EINTR) {
    }
  }
  was_stopped_ = signals_.received() != 0;
  const ssize_t bytes = was_stopped_ ? 0 : ::read(descriptor_, out.data(), out.size());
  if (bytes < 0)
    return cannot_read(errno == EISDIR ? "it is a folder" : std::strerror(errno), "check the path");
  at_end_ = bytes == 0;
  return static_cast<std::size_t>(bytes);
}

Status InputBytes::fill() {
  if (raw_next_ == raw_end_) raw_next_ = raw_end_ = 0;
  if (raw_end_ == raw_.size()) raw_.resize(raw_end_ + chunk_bytes);
  const auto bytes = read_raw(std::span(raw_).subspan(raw_end_));
  if (!bytes) return bytes.error();
  raw_end_ += *bytes;
  return {};
}

Result<std::size_t> InputBytes::read(std::span<char> out) {
  if (is_gzip_) return unpack(out);
  if (raw_next_ == raw_end_) return at_end_ ? Result<std::size_t>(0) : read_raw(out);
  const std::size_t bytes = std::min(out.size(), raw_end_ - raw_next_);
  std::memcpy(out.data(), raw_.data() + raw_next_, bytes);
  raw_next_ += bytes;
  return bytes;
}

Result<std::size_t> InputBytes::unpack(std::span<char> out) {
  constexpr std::string_view damaged_hint = "`gzip -t` says more; write the file anew";
  while (true) {
    if (raw_next_ == raw_end_ && !at_end_) {
      if (auto status = fill(); !status) return status.error();
    }
    if (raw_next_ == raw_end_) {
      if (!in_member_ || was_stopped_) return std::size_t{0};
      return cannot_read("its packed data end early", damaged_hint);
    }
    if (!in_member_) {
      inflateReset(&gzip_);
      in_member_ = true;
    }
    gzip_.next_in = reinterpret_cast<Bytef*>(raw_.data() + raw_next_);
    gzip_.avail_in = static_cast<uInt>(raw_end_ - raw_next_);
    gzip_.next_out = reinterpret_cast<Bytef*>(out.data());
    gzip_.avail_out = static_cast<uInt>(out.size());
    const int outcome = inflate(&gzip_, Z_NO_FLUSH);
    raw_next_ = raw_end_ - gzip_.avail_in;
    if (outcome == Z_STREAM_END) {
      in_member_ = false;
    } else if (outcome != Z_OK && outcome != Z_BUF_ERROR) {
      return cannot_read("its packed data are damaged", damaged_hint);
    }
    if (const std::size_t bytes = out.size() - gzip_.avail_out; bytes > 0) return bytes;
  }
}

bool InputBytes::would_wait() const {
  if (is_regular_file_ || at_end_ || raw_next_ < raw_end_) return false;
  pollfd input{descriptor_, POLLIN, 0};
  return ::poll(&input, 1, 0) == 0;
}

}  // namespace tallymill::processor
