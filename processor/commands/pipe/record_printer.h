#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "processor/commands/commands.h"
#include "processor/commands/pipe/record_feeder.h"
#include "processor/local/local_engine.h"

namespace tallymill::processor {

/// Prints records as lines {"topic","key","value"} to standard output, or keeps the newest value per key for
/// the end. Dead letters also say where their record stands in the inputs.
class RecordPrinter {
 public:
  /// All must outlive the printer.
  RecordPrinter(const topology::Plan& plan, const PipeOptions& options, const RecordFeeder& feeder);

  void take(const VisibleRecord& visible);
  /// A dead letter for a text that is no record. The text itself is not shown: nobody knows which of it may
  /// be.
  void take_broken(const topology::Error& error, const InputPlace& place);
  /// Prints what was kept.
  void finish();

  /// Dead letters by reason.
  const std::map<std::string, std::size_t>& dead_letters() const { return dead_letters_; }
  /// The place, if known, and the message of the first dead letter.
  const std::string& first_dead_letter() const { return first_dead_letter_; }

 private:
  using Headers = std::vector<std::pair<std::string, std::string>>;
  /// What bytes are known to be.
  enum class Content : std::uint8_t { json, text, unknown };
  /// JSON as it is, anything else as a JSON string; what is unknown is JSON if it is an object. With sensitive columns
  /// their fields are masked, and what has no fields that could be told apart is masked whole: dead letters hold what
  /// the connector sent, under its names.
  void append_bytes(std::string& line, Content content, const std::optional<std::string>& bytes) const;
  /// Counts the letter, and adds to its headers where its record stands.
  void note_dead_letter(Headers& headers, std::optional<InputPlace> place);
  std::optional<InputPlace> place_of(const Headers& headers) const;

  const topology::Plan& plan_;
  const PipeOptions& options_;
  const RecordFeeder& feeder_;
  std::vector<std::string> sensitive_;     ///< names of fields to mask; empty: none
  std::set<std::string> text_key_topics_;  ///< `key_format: string`
  std::map<std::pair<std::string, std::string>, std::string> tables_;
  std::set<std::string> fact_topics_;  ///< none of their records replaces another, whatever its key
  std::vector<std::string> facts_;
  std::map<std::string, std::size_t> dead_letters_;
  std::string first_dead_letter_;
};

}  // namespace tallymill::processor
