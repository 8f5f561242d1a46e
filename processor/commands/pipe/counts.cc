#include "processor/commands/pipe/counts.h"

#include <algorithm>
#include <ostream>

namespace tallymill::processor {

namespace {

constexpr std::size_t skipped_topics_shown = 8;

template <class Fate, std::size_t count>
void print_fates(std::ostream& out, const std::array<std::uint64_t, count>& by_fate) {
  for (std::size_t i = 0; i < count; ++i)
    out << (i == 0 ? ": " : ", ") << name_of(static_cast<Fate>(i)) << " " << by_fate[i];
  out << "\n";
}

void print_dead_letters(std::ostream& out, const RecordPrinter& printer) {
  std::size_t all = 0;
  for (const auto& [reason, count] : printer.dead_letters()) all += count;
  if (all == 0) return;
  out << "dead letters " << all;
  const char* separator = ": ";
  for (const auto& [reason, count] : printer.dead_letters()) {
    out << separator << reason << " " << count;
    separator = ", ";
  }
  out << "\nthe first dead letter: " << printer.first_dead_letter() << "\n";
}

}  // namespace

std::string skipped_topics(const RecordFeeder& feeder) {
  std::vector<std::pair<std::size_t, std::string>> topics;
  for (const auto& [topic, count] : feeder.skipped()) topics.emplace_back(count, topic);
  std::sort(topics.begin(), topics.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  std::string text;
  for (std::size_t i = 0; i < topics.size() && i < skipped_topics_shown; ++i) {
    if (i > 0) text += ", ";
    text += topics[i].second + " " + std::to_string(topics[i].first);
  }
  if (topics.size() > skipped_topics_shown)
    text += " and " + std::to_string(topics.size() - skipped_topics_shown) + " more";
  return text;
}

void print_counts(std::ostream& out, const LocalEngine& engine, const RecordFeeder& feeder,
                  const RecordPrinter& printer) {
  const FateTotals fates = engine.fates();
  out << "read " << fates.read;
  print_fates<ops::RecordFate>(out, fates.records);
  const auto& names = engine.layout().pipeline_names();
  for (std::size_t p = 0; p < names.size(); ++p) {
    out << names[p] << ": images " << fates.pipelines[p].entered;
    print_fates<ops::HalfFate>(out, fates.pipelines[p].by_fate);
  }
  for (std::size_t i = 0; i < ops::observation_count; ++i) {
    if (fates.observations[i] == 0) continue;
    out << name_of(static_cast<ops::Observation>(i)) << " " << fates.observations[i] << "\n";
  }
  print_dead_letters(out, printer);
  if (!feeder.skipped().empty())
    out << "lines skipped, of topics that no source reads: " << skipped_topics(feeder) << "\n";
}

}  // namespace tallymill::processor
