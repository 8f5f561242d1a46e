#pragma once

#include <zlib.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "processor/commands/pipe/stop_signals.h"
#include "topology/base/result.h"

namespace tallymill::processor {

/// The bytes of a file, or of standard input, unpacked where they are gzip: that is seen by how they begin,
/// not by the name. Not thread-safe.
class InputBytes {
 public:
  /// "-" is standard input. Waiting for bytes ends when a signal comes. Error: cannot_read, also for what is
  /// packed otherwise or is UTF-16, with the command that makes it readable.
  static topology::Result<std::unique_ptr<InputBytes>> open(const std::string& path,
                                                            const StopSignals& signals);
  ~InputBytes();
  InputBytes(const InputBytes&) = delete;
  InputBytes& operator=(const InputBytes&) = delete;

  /// Some bytes; 0 at the end, and once a signal came. Error: cannot_read.
  topology::Result<std::size_t> read(std::span<char> out);
  /// Whether it can be read a second time from its beginning, as no pipe can.
  bool is_regular_file() const { return is_regular_file_; }
  /// Whether it ended because a signal came.
  bool was_stopped() const { return was_stopped_; }
  /// Whether read() would wait for somebody to write.
  bool would_wait() const;

 private:
  InputBytes(std::string path, int descriptor, const StopSignals& signals);
  topology::Status look_at_beginning();
  /// Reads what the file has next; 0 at its end, and once a signal came.
  topology::Result<std::size_t> read_raw(std::span<char> out);
  /// Reads more bytes behind those that wait in `raw_`.
  topology::Status fill();
  topology::Result<std::size_t> unpack(std::span<char> out);
  topology::Error cannot_read(std::string_view why, std::string_view hint) const;

  std::string path_;
  int descriptor_;
  const StopSignals& signals_;
  bool is_regular_file_ = false;
  bool at_end_ = false;
  bool was_stopped_ = false;
  std::vector<char> raw_;     ///< the file's beginning, and what waits to be unpacked
  std::size_t raw_next_ = 0;  ///< the first byte of it that was not given
  std::size_t raw_end_ = 0;   ///< behind the last one
  bool is_gzip_ = false;
  bool in_member_ = false;  ///< gzip files can be joined: each begins a member
  z_stream gzip_{};
};

}  // namespace tallymill::processor
