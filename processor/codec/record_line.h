#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "topology/base/result.h"
#include "topology/plan/plan.h"

namespace tallymill::processor {

/// A record as a line of `pipe`'s input has it. Views live until the next line is read.
struct RecordLine {
  std::optional<std::string_view> topic;
  std::optional<std::int32_t> partition;
  std::optional<std::int64_t> offset;
  std::optional<std::int64_t> timestamp_ms;
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  /// The line says which key the record has, null included, or where in a topic it stood: there a key that is
  /// not shown was null. False: a bare value, of whose key nothing is known.
  bool has_key = false;
};

/// Names of the topology, which tell a row's own fields from those of a record.
struct KnownNames {
  std::set<std::string, std::less<>> topics;   ///< that sources read
  std::set<std::string, std::less<>> columns;  ///< as the wire has them

  static KnownNames of(const topology::Plan& plan);
};

/// Reads records in the forms in which the usual tools print them. Told apart line by line, first match wins:
///  1. `null`: a record whose key and value are null, as kafka-console-consumer prints a tombstone.
///  2. a bare envelope or row: an object with `op` and one of `before`, `after`, `source`, or with `__op` or
///     `__deleted`.
///  3. kcat -J: topic, partition, offset, key, payload, and tstype or broker; and no field that kcat does not
///  write.
///  4. {"topic", "key", "value", "partition", "offset", "timestamp"}: `value` beside `key` or `topic`, other
///  fields
///     ignored; but a row if one of those is a declared column and no source reads that topic.
///  5. rpk topic consume: the same, where a null key or value is left out.
///  6. any other object: a bare envelope or row; the decoder says which.
///  7. kafka-console-consumer with print.key and its kin: columns with a tab between them, the value last.
/// Key and value may be text or JSON; a key that is JSON is taken without its white space, as a connector
/// writes it. Not thread-safe.
class RecordLineReader {
 public:
  explicit RecordLineReader(KnownNames known = {});
  ~RecordLineReader();
  RecordLineReader(const RecordLineReader&) = delete;
  RecordLineReader& operator=(const RecordLineReader&) = delete;

  /// So many bytes behind a line, of whatever content, spare a copy of it.
  static constexpr std::size_t padding = 64;
  /// Error: malformed_record; what is wrong with the line, without any of its values. `line` may span lines;
  /// `readable_behind` are the bytes behind it that may be read. The record's views may be of `line`.
  topology::Result<RecordLine> read(std::string_view line, std::size_t readable_behind = 0);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace tallymill::processor
