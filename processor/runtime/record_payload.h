#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/codec/debezium_decoder.h"
#include "processor/codec/json_encoder.h"
#include "processor/io.h"
#include "topology/data/arena.h"
#include "topology/plan/plan.h"

namespace tallymill::processor {

/// What a dead letter shows of a source's record: as much as `dead_letter.payload` allows. Of what is not
/// shown as it came, only declared columns are there, since nobody said of the others what they hold. Not
/// thread-safe: its task's worker only.
class RecordPayload {
 public:
  RecordPayload(const topology::Plan& plan, const topology::SourcePlan& source, WireFormat format);

  struct Shown {
    std::optional<std::string_view> key;
    std::optional<std::string_view> value;
  };
  /// The texts are in `arena`. The value is a small change envelope, which this version reads again: `op`,
  /// `before` and `after` under the names of the wire, `source` with the position and the table. There is
  /// none if nothing of it could be read. The record is decoded once more, by a decoder of its own: dead
  /// letters are rare, and nothing is kept for them while records are good.
  Shown show(const InputRecord& record, topology::DeadLetterPayload payload, topology::Arena& arena);

 private:
  std::optional<std::string> key_of(const InputRecord& record);
  std::optional<std::string> value_of(const InputRecord& record);
  void append_image(std::string& out, std::string_view name,
                    const std::optional<std::span<topology::Value>>& image);

  const topology::Plan& plan_;
  const topology::SourcePlan& source_;
  WireFormat format_;
  std::vector<JsonField> columns_;
  bool has_sensitive_key_ = false;
  std::optional<DebeziumDecoder> decoder_;  ///< made for the first dead letter
  topology::Arena scratch_;
};

}  // namespace tallymill::processor
