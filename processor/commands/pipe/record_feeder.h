#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/codec/record_line.h"
#include "processor/local/local_engine.h"
#include "processor/local/record_placement.h"

namespace tallymill::processor {

/// Where in the inputs a text stands.
struct InputPlace {
  const std::string* input = nullptr;  ///< the input's name
  std::size_t line = 0;
};
/// "changes.jsonl line 7".
std::string to_text(const InputPlace& place);

/// Turns texts into records of the engine's source topics.
class RecordFeeder {
 public:
  /// `plan` and `engine` must outlive the feeder.
  RecordFeeder(const topology::Plan& plan, LocalEngine& engine,
               const std::map<std::string, std::int32_t>& partitions);

  /// Nothing if the text was taken, or is of a topic that no source reads. Errors: malformed_record (the text
  /// is no record that can be placed; the next may be), usage (no text can be taken until the command says
  /// more).
  /// `readable_behind` as RecordLineReader::read has it.
  topology::Status feed(std::string_view text, std::size_t readable_behind, const InputPlace& place);
  /// Where the record came from; nothing once forget_places() was called behind it.
  std::optional<InputPlace> place_of(std::string_view topic, std::int32_t partition,
                                     std::int64_t offset) const;
  void forget_places();

  std::size_t taken() const { return taken_; }
  /// How many records there were of each topic that no source reads.
  const std::map<std::string, std::size_t, std::less<>>& skipped() const { return skipped_; }
  /// Source topics of which there was no record.
  std::vector<std::string> unseen_topics() const;

 private:
  /// What a line says of its partition: all lines of a topic must say it in one way, since a row's changes
  /// would part otherwise.
  enum class Placing : std::uint8_t { by_partition, by_key, by_row };
  struct Log {
    LocalLog* log;
    std::vector<std::pair<std::int64_t, InputPlace>> places;  ///< by offset
  };
  struct Topic {
    RecordPlacement placement;
    bool has_rows;  ///< mode table
    std::vector<Log> partitions;
    std::optional<Placing> placing;
    std::size_t taken = 0;
  };
  topology::Status check_place(const RecordLine& line, Topic& topic) const;

  std::map<std::string, Topic, std::less<>> topics_;
  RecordLineReader reader_;
  std::size_t taken_ = 0;
  std::map<std::string, std::size_t, std::less<>> skipped_;
};

}  // namespace tallymill::processor
