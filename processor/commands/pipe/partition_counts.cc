#include "processor/commands/pipe/partition_counts.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>

#include "processor/codec/record_line.h"
#include "processor/commands/commands.h"
#include "processor/commands/pipe/input_lines.h"

namespace tallymill::processor {

namespace {

using Counts = std::map<std::string, std::int32_t>;

std::int32_t lowest(const Counts& counts) {
  std::int32_t result = partitions_max;
  for (const auto& [topic, count] : counts) result = std::min(result, count);
  return result;
}

/// The number behind `"partition":` or `Partition:`, of which `text` begins behind the n; nothing if there is
/// none.
std::optional<std::int32_t> number_in(std::string_view text) {
  const std::size_t digits = text.find_first_not_of("\": \t");
  if (digits == std::string_view::npos) return std::nullopt;
  std::int32_t number = 0;
  const bool is_number =
      std::from_chars(text.data() + digits, text.data() + text.size(), number).ec == std::errc();
  return is_number ? std::optional(number) : std::nullopt;
}

/// The partition of a line that begins as kcat's and many others do; nothing for any other line.
std::optional<std::int32_t> partition_at_beginning(std::string_view text) {
  constexpr std::string_view topic = "{\"topic\":\"";
  constexpr std::string_view partition = "\",\"partition\":";
  if (!text.starts_with(topic)) return std::nullopt;
  const std::size_t end = text.find_first_of("\"\\", topic.size());
  if (end == std::string_view::npos || !text.substr(end).starts_with(partition)) return std::nullopt;
  return number_in(text.substr(end + partition.size()));
}

/// Whether the text may name a partition from `partition` on. Most texts do not, and need not be parsed for
/// it.
bool may_name_partition_from(std::int32_t partition, std::string_view text) {
  if (const auto number = partition_at_beginning(text)) return *number >= partition;
  constexpr std::string_view name = "artition";  // "partition": of JSON, Partition: of kafka-console-consumer
  while (!text.empty()) {  // a line that was passed over has no text, not even an address
    const void* found = ::memmem(text.data(), text.size(), name.data(), name.size());
    if (found == nullptr) break;
    text.remove_prefix(static_cast<std::size_t>(static_cast<const char*>(found) - text.data()) + name.size());
    if (const auto number = number_in(text); number && *number >= partition) return true;
  }
  return false;
}

void count_in(InputBytes& input, RecordLineReader& reader, Counts& counts) {
  InputLines lines(input);
  std::int32_t known = lowest(counts);
  while (true) {
    const auto next = lines.next();
    if (!next || *next == InputLines::Next::end) return;
    if (!may_name_partition_from(known, lines.text())) continue;
    const auto record = reader.read(lines.text(), lines.readable_behind_text());
    if (!record || !record->partition || *record->partition >= partitions_max) continue;
    const auto count = record->topic        ? counts.find(std::string(*record->topic))
                       : counts.size() == 1 ? counts.begin()
                                            : counts.end();
    if (count == counts.end()) continue;
    count->second = std::max(count->second, *record->partition + 1);
    known = lowest(counts);
  }
}

}  // namespace

std::map<std::string, std::int32_t> count_partitions(const topology::Plan& plan,
                                                     const std::vector<std::string>& inputs,
                                                     std::optional<std::int32_t> given,
                                                     const StopSignals& signals) {
  Counts counts;
  for (const topology::SourcePlan& source : plan.sources) {
    for (const std::string& topic : source.declaration.topics) counts.emplace(topic, given.value_or(1));
  }
  if (given) return counts;
  RecordLineReader reader(KnownNames::of(plan));
  for (const std::string& path : inputs) {
    // To open a pipe and look at its beginning would take that from its reader.
    std::error_code ignored;
    if (path == "-" || !std::filesystem::is_regular_file(path, ignored)) continue;
    const auto input = InputBytes::open(path, signals);
    if (input) count_in(**input, reader, counts);
  }
  return counts;
}

}  // namespace tallymill::processor
