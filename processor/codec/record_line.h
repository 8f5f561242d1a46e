#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "topology/base/result.h"

namespace tallymill::processor {

/// A line of `pipe`'s input. Views live until the next line is read.
struct RecordLine {
  std::optional<std::string_view> topic;
  std::optional<std::int32_t> partition;
  std::optional<std::int64_t> offset;
  std::optional<std::int64_t> timestamp_ms;
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
};

/// Reads lines of JSON that are a Kafka record, {"key", "value", "topic", "partition", "offset", "timestamp"}, or a
/// bare change envelope. A line is a record if it has "value" together with "key" or "topic"; all other objects are
/// envelopes and become the value of a record without a key. Key and value may be text or JSON; other fields are
/// ignored. Not thread-safe.
class RecordLineReader {
 public:
  RecordLineReader();
  ~RecordLineReader();
  /// Error: malformed_record (no JSON object). `line` is without its line feed.
  topology::Result<RecordLine> read(std::string_view line);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

/// `json` with the values of all fields called one of `names`, at any depth, replaced by "***"; a text that is no JSON
/// object is replaced whole.
std::string mask_fields(std::string_view json, std::span<const std::string> names);

/// Whether `text` is one well-formed JSON object.
bool is_json_object(std::string_view text);

}  // namespace tallymill::processor
