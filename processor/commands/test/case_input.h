#pragma once

#include <optional>
#include <string>
#include <vector>

#include "processor/io.h"
#include "topology/base/result.h"
#include "topology/plan/plan.h"
#include "topology/spec/yaml_reader.h"

namespace tallymill::processor {

/// A record for a source topic, or a step of the run.
struct CaseRecord {
  std::string topic;
  std::optional<std::int32_t> partition;
  std::optional<std::int64_t> offset;
  std::int64_t timestamp_ms = -1;
  std::optional<std::string> key;
  std::optional<std::string> value;
  bool has_key = false;                ///< the key is known, null included; see RecordPlacement
  bool is_commit = false;              ///< `{ commit: true }`: no record, everything so far is committed
  topology::Duration time_advance{0};  ///< `{ advance_time: 10s }`: no record, the clock moves
};

/// Turns the items of `input:` into records:
///   { source, op: insert | update | delete | read | tombstone | truncate | message, row, before, lsn,
///   source_time,
///     partition, offset }   an envelope without schema; lsn 1000 + index and source time = event time unless
///     given
///   { source, key, value, partition, offset }    bytes as they are; without key and place a bare value
///   { source, file }                             the lines of a file beside the case file
///   { commit: true }   { advance_time: 10s }
class CaseInput {
 public:
  CaseInput(const topology::Plan& plan, std::string directory)
      : plan_(plan), directory_(std::move(directory)) {}

  /// Error: what is wrong with an item, with its line.
  topology::Result<std::vector<CaseRecord>> read(const std::vector<const topology::YamlNode*>& items);

 private:
  topology::Status read_item(const topology::YamlNode& item, std::vector<CaseRecord>& records);
  topology::Status read_change(const topology::YamlNode& item, const topology::SourcePlan& source,
                               CaseRecord& record);
  topology::Status read_lines(const topology::YamlNode& item, const topology::SourcePlan& source,
                              std::vector<CaseRecord>& records);
  std::int64_t source_time_ms(const topology::YamlNode& item, const topology::SourcePlan& source);
  std::string row_json(const topology::YamlNode& row, const topology::SourcePlan& source,
                       bool key_only) const;

  const topology::Plan& plan_;
  std::string directory_;
  std::size_t index_ = 0;
  std::int64_t last_source_time_ms_ = 0;
};

}  // namespace tallymill::processor
