#include "tests/simulation/faulty_source.h"

#include <algorithm>

namespace tallymill::simulation {

using processor::GroupMetadata;
using processor::InputRecord;
using processor::TopicPartition;
using topology::Offset;
using topology::Result;
using topology::Status;

namespace {

constexpr std::size_t delivered_kept = 3;

bool same_identity(const GroupMetadata& a, const GroupMetadata& b) {
  return a.member == b.member && a.generation == b.generation;
}

}  // namespace

Result<std::span<const InputRecord>> FaultySource::poll(std::size_t records_max, topology::Duration timeout) {
  if (life_.is_dead) return simulated_error("dead");
  if (life_.faults.strikes(Fault::poll_failed, 1'000)) return simulated_error("poll failed");
  leave_new_identity();
  collected_.clear();
  is_polling_ = true;
  Status status = collect(records_max, timeout);
  // librdkafka can call back about partitions after it has collected messages.
  if (status && life_.faults.are_on() && life_.faults.chance().one_in(6)) {
    life_.interlude.between_calls(life_);
    status = collect(records_max, timeout);
  }
  is_polling_ = false;
  if (life_.is_dead) return simulated_error("dead");
  if (!status) return status.error();
  known_ = source_.group_metadata();
  count_foreign();
  deliver_again();
  // What happens now the worker learns with its next poll.
  life_.interlude.between_calls(life_);
  return hand_over();
}

Status FaultySource::collect(std::size_t records_max, topology::Duration timeout) {
  rewound_.clear();
  const auto polled = source_.poll(records_max, timeout);
  if (!polled) return polled.error();
  // What seek and resume promise: nothing that was polled before comes after.
  std::erase_if(collected_, [&](const Copy& copy) { return rewound_.contains(*copy.from); });
  for (const InputRecord& record : *polled) {
    Copy copy{&*names_.insert(*record.from).first, record.offset, record.timestamp_ms, {}, {}};
    if (record.key) copy.key = std::string(*record.key);
    if (record.value) copy.value = std::string(*record.value);
    collected_.push_back(std::move(copy));
  }
  return {};
}

void FaultySource::count_foreign() {
  const bool has_foreign = std::any_of(collected_.begin(), collected_.end(), [&](const Copy& copy) {
    return !source_.position(*copy.from).has_value();
  });
  if (has_foreign) life_.faults.happened(Fault::foreign_records);
}

void FaultySource::deliver_again() {
  if (!life_.faults.are_on() || delivered_.empty() || !life_.faults.chance().one_in(15)) return;
  auto& records = std::next(delivered_.begin(),
                            static_cast<std::ptrdiff_t>(life_.faults.chance().below(delivered_.size())))
                      ->second;
  if (records.empty()) return;
  life_.faults.happened(Fault::delivered_again);
  collected_.insert(collected_.begin(), records.begin(), records.end());
  records.clear();
}

std::span<const InputRecord> FaultySource::hand_over() {
  batch_.clear();
  for (const Copy& copy : collected_) {
    batch_.push_back({copy.from, copy.offset, copy.timestamp_ms, copy.key, copy.value});
    auto& kept = delivered_[*copy.from];
    kept.push_back(copy);
    if (kept.size() > delivered_kept) kept.pop_front();
  }
  return batch_;
}

void FaultySource::forget_delivered(const TopicPartition& partition) {
  delivered_.erase(partition);
  if (is_polling_) rewound_.insert(partition);
}

Status FaultySource::resume(const TopicPartition& partition, Offset offset) {
  if (life_.is_dead) return simulated_error("dead");
  forget_delivered(partition);
  return source_.resume(partition, offset);
}

Status FaultySource::pause(const TopicPartition& partition) {
  if (life_.is_dead) return simulated_error("dead");
  return source_.pause(partition);
}

Status FaultySource::seek(std::span<const std::pair<TopicPartition, Offset>> positions) {
  if (life_.is_dead) return simulated_error("dead");
  for (const auto& [partition, offset] : positions) forget_delivered(partition);
  return source_.seek(positions);
}

Result<std::vector<std::optional<Offset>>> FaultySource::committed(
    std::span<const TopicPartition> partitions) {
  if (life_.is_dead) return simulated_error("dead");
  if (life_.faults.strikes(Fault::group_silent, 60)) return simulated_error("the group does not answer");
  const bool is_stable = std::all_of(partitions.begin(), partitions.end(), [&](const TopicPartition& each) {
    return life_.broker.is_stable(each);
  });
  if (!is_stable) life_.faults.happened(Fault::unstable_offsets);
  auto offsets = source_.committed(partitions);
  life_.interlude.between_calls(life_);
  return offsets;
}

GroupMetadata FaultySource::group_metadata() {
  if (life_.is_dead) return {"local", "", -1, true};
  const GroupMetadata fresh = source_.group_metadata();
  // Inside of poll the group has just told.
  if (is_polling_ || !life_.faults.are_on() || same_identity(fresh, known_)) return fresh;
  if (fresh.assignment_lost) return as_a_removed_member();
  return life_.faults.strikes(Fault::stale_generation, 2) ? known_ : fresh;
}

GroupMetadata FaultySource::as_a_removed_member() {
  switch (life_.faults.chance().below(4)) {
    case 0:
      life_.faults.happened(Fault::assignment_lost);
      return {"local", "", -1, true};
    case 1:
      // A broker takes offsets in the name of nobody without any check.
      life_.faults.happened(Fault::no_member);
      return {"local", "", -1, false};
    case 2:
      life_.faults.happened(Fault::new_identity);
      if (!new_identity_) new_identity_ = life_.broker.join();
      return {"local", *new_identity_, life_.broker.generation(), false};
    default:
      life_.faults.happened(Fault::zombie_commit);
      return known_;
  }
}

void FaultySource::leave_new_identity() {
  if (new_identity_) life_.broker.leave(*new_identity_);
  new_identity_.reset();
}

FaultySource::~FaultySource() { leave_new_identity(); }

void FaultySource::close() {
  if (life_.is_dead) return;
  leave_new_identity();
  is_polling_ = true;
  source_.close();
  is_polling_ = false;
}

}  // namespace tallymill::simulation
