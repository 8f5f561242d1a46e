#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "processor/commands/pipe/input_bytes.h"

namespace tallymill::processor {

/// The texts of records in an input: its lines, and JSON objects that span lines, as rpk and jq print them:
/// from a line
/// `{` to the line `}`. Blank lines are passed over, carriage returns and byte order marks taken off. Not
/// thread-safe.
class InputLines {
 public:
  /// No record of Kafka is longer by default settings, nor should one be.
  static constexpr std::size_t bytes_max = std::size_t{128} << 20;

  explicit InputLines(InputBytes& input) : input_(input) {}

  enum class Next : std::uint8_t {
    text,
    too_long,  ///< longer than bytes_max: it was passed over, and text() is empty
    end,
  };
  /// Goes on to the next text. Error: cannot_read.
  topology::Result<Next> next();
  /// Until the next call of next().
  std::string_view text() const { return text_; }
  /// How many bytes behind text() may be read, whatever they are.
  std::size_t readable_behind_text() const;
  /// Where the text begins, counted from 1.
  std::size_t line_number() const { return first_line_; }
  /// Whether next() would wait for somebody to write.
  bool would_wait() const;

 private:
  /// The next line, blank ones too.
  topology::Result<Next> next_line();
  /// The rest of the object that the line begins.
  topology::Result<Next> next_object();
  /// Where the next line feed stands, else the end of what was read.
  std::size_t line_end() const;
  /// Whether more was read.
  topology::Result<bool> fill();

  InputBytes& input_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;     ///< of what was not given
  std::size_t end_ = 0;       ///< behind what was read
  std::size_t searched_ = 0;  ///< up to here there is no line feed
  std::string_view line_;
  bool is_given_back_ = false;  ///< the line belongs to the next text
  std::size_t line_number_ = 0;
  std::size_t first_line_ = 0;
  std::string_view text_;
  std::string object_;
};

}  // namespace tallymill::processor
