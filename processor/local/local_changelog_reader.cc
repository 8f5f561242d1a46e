#include "processor/local/local_changelog_reader.h"

#include "topology/base/invariant.h"

namespace tallymill::processor {

using topology::Offset;

topology::Status LocalChangelogReader::start(std::span<const TopicPartition> partitions) {
  for (const TopicPartition& partition : partitions) {
    const LocalLog& log = broker_->log(partition);
    progress_[partition] = {log.begin_offset(), log.begin_offset(), log.end_offset()};
  }
  return {};
}

topology::Result<std::span<const InputRecord>> LocalChangelogReader::poll(std::size_t records_max,
                                                                          topology::Duration) {
  batch_.clear();
  for (auto& [partition, progress] : progress_) {
    const LocalLog& log = broker_->log(partition);
    while (!progress.done() && batch_.size() < records_max) {
      const LocalLog::Entry* entry = log.first_from(progress.position);
      if (entry == nullptr || entry->offset >= progress.end) {
        progress.position = progress.end;
      } else if (entry->offset >= log.last_stable_offset()) {
        broker_->time_out(*log.oldest_open_transaction());
      } else {
        progress.position = Offset(entry->offset.value + 1);
        if (!log.is_visible(entry->record)) continue;
        batch_.push_back(
            {&partition, entry->offset, entry->record.timestamp_ms, entry->record.key, entry->record.value});
      }
    }
  }
  return std::span<const InputRecord>(batch_);
}

ChangelogReader::Progress LocalChangelogReader::progress(const TopicPartition& partition) const {
  const auto found = progress_.find(partition);
  INVARIANT(found != progress_.end(), "the progress of a changelog that was not started");
  return found->second;
}

}  // namespace tallymill::processor
