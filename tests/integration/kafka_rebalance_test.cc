#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <random>
#include <string>
#include <thread>

#include "tests/integration/kafka_lab.h"

// A consumer group under joins, leaves and crashes: each input record must reach the output once and in
// order.
namespace tallymill::integration {
namespace {

using processor::CommitOutcome;
using processor::GroupMetadata;
using processor::GroupProtocol;
using processor::InputRecord;
using processor::Offsets;
using processor::TopicPartition;
using topology::Offset;

constexpr std::int32_t partition_count = 4;
constexpr std::chrono::milliseconds commit_interval{50};

/// Who owns which partition, as the members were told.
class Ownership {
 public:
  void take(const TopicPartition& partition, int member) {
    const std::lock_guard lock(mutex_);
    const auto [entry, is_free] = owners_.emplace(partition, member);
    if (!is_free) ++overlaps_;
    entry->second = member;
  }
  void give_up(const TopicPartition& partition, int member) {
    const std::lock_guard lock(mutex_);
    const auto found = owners_.find(partition);
    if (found != owners_.end() && found->second == member) owners_.erase(found);
  }
  /// Assignments of a partition whose owner had not been told that it was revoked.
  int overlaps() const {
    const std::lock_guard lock(mutex_);
    return overlaps_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<TopicPartition, int> owners_;
  int overlaps_ = 0;
};

struct Counts {
  std::atomic<int> rewinds = 0;
  std::atomic<int> recreations = 0;
  std::atomic<int> assignments = 0;
  std::atomic<std::uint64_t> repeats_dropped = 0;
};

/// A member that copies its partitions to the output, transactionally, as the worker does.
class Copier final : public processor::AssignmentListener {
 public:
  Copier(Lab& lab, Ownership& ownership, Counts& counts, int number, std::string group, std::string input,
         std::string output)
      : lab_(lab),
        ownership_(ownership),
        counts_(counts),
        number_(number),
        group_(std::move(group)),
        input_(std::move(input)),
        output_(std::move(output)),
        thread_([this] { run(); }) {}

  ~Copier() override {
    if (thread_.joinable()) leave();
  }

  /// Leaves in order.
  void leave() { end(End::leave); }
  /// Is gone without a word, its transaction left open.
  void crash() { end(End::crash); }

  void assigned(std::span<const TopicPartition> partitions) override {
    ++counts_.assignments;
    for (const TopicPartition& partition : partitions) {
      ownership_.take(partition, number_);
      next_[partition] = Offset(0);
    }
    resume_from_committed(partitions);
  }

  void revoked(std::span<const TopicPartition> partitions, bool lost) override {
    const bool is_settled = !is_open_ || (!lost && commit());
    if (!is_settled) abort();
    for (const TopicPartition& partition : partitions) {
      ownership_.give_up(partition, number_);
      next_.erase(partition);
    }
    if (!is_settled) rewind();
  }

 private:
  enum class End { none, leave, crash };

  void end(End how) {
    end_ = how;
    thread_.join();
  }

  void run() {
    sink_ = lab_.sink(group_ + "-" + std::to_string(number_));
    source_ = lab_.source(group_, std::to_string(number_));
    const auto status = source_->subscribe({input_}, *this);
    EXPECT_TRUE(status.ok());
    auto due = std::chrono::steady_clock::now() + commit_interval;
    while (end_ == End::none) {
      const auto records = source_->poll(100, topology::Duration{5000});
      if (!records) {
        ADD_FAILURE() << "member " << number_ << ": " << records.error().message;
        return;
      }
      copy(*records);
      if (is_open_ && std::chrono::steady_clock::now() >= due) {
        if (!commit()) {
          abort();
          rewind();
        }
        due = std::chrono::steady_clock::now() + commit_interval;
      }
    }
    counts_.repeats_dropped += source_->repeats_dropped();
    if (end_ == End::leave) source_->close();
    for (const auto& entry : next_) ownership_.give_up(entry.first, number_);
    source_.reset();
    sink_.reset();
  }

  void copy(std::span<const InputRecord> records) {
    for (const InputRecord& record : records) {
      if (!next_.contains(*record.from)) {
        ADD_FAILURE() << "a record of a partition that is not owned";
        continue;
      }
      if (!is_open_) is_open_ = sink_->begin().ok();
      kept_.emplace_back(*record.value);
      const auto produced =
          sink_->produce({.topic = output_, .partition = record.from->partition, .value = kept_.back()});
      if (!produced) {
        abort();
        rewind();
        return;
      }
      next_[*record.from] = Offset(record.offset.value + 1);
    }
  }

  bool commit() {
    const GroupMetadata group = source_->group_metadata();
    Offsets offsets(next_.begin(), next_.end());
    if (!sink_->send_offsets(offsets, group)) return false;
    is_open_ = false;
    switch (sink_->commit()) {
      case CommitOutcome::committed:
        kept_.clear();
        return true;
      case CommitOutcome::aborted:
        kept_.clear();
        return false;
      case CommitOutcome::unknown:
        recreate();
        return false;
    }
    return false;
  }

  void abort() {
    if (is_open_ && !sink_->abort()) recreate();
    is_open_ = false;
    kept_.clear();
  }

  void recreate() {
    ++counts_.recreations;
    const auto status = sink_->recreate();
    EXPECT_TRUE(status.ok()) << status.error().message;
  }

  void rewind() {
    ++counts_.rewinds;
    std::vector<TopicPartition> partitions;
    for (const auto& entry : next_) partitions.push_back(entry.first);
    resume_from_committed(partitions);
  }

  void resume_from_committed(std::span<const TopicPartition> partitions) {
    if (partitions.empty()) return;
    const auto offsets = source_->committed(partitions);
    EXPECT_TRUE(offsets.ok()) << offsets.error().message;
    for (std::size_t i = 0; offsets.ok() && i < partitions.size(); ++i) {
      next_[partitions[i]] = (*offsets)[i].value_or(Offset(0));
      EXPECT_TRUE(source_->resume(partitions[i], next_[partitions[i]]).ok());
    }
  }

  Lab& lab_;
  Ownership& ownership_;
  Counts& counts_;
  const int number_;
  const std::string group_;
  const std::string input_;
  const std::string output_;
  std::atomic<End> end_ = End::none;
  std::unique_ptr<processor::kafka::TransactionalProducer> sink_;
  std::unique_ptr<processor::kafka::GroupConsumer> source_;
  std::map<TopicPartition, Offset> next_;
  std::deque<std::string> kept_;  ///< what the transaction's records point into
  bool is_open_ = false;
  std::thread thread_;
};

class KafkaRebalance : public testing::TestWithParam<GroupProtocol> {};

TEST_P(KafkaRebalance, CopiesEachRecordOnceWhoeverJoinsOrLeaves) {
  Lab lab(GetParam());
  Ownership ownership;
  Counts counts;
  const std::string input = lab.topic("rebalance-in", partition_count);
  const std::string output = lab.topic("rebalance-out", partition_count);
  const std::string group = unique_name("rebalance");
  const unsigned seed = 20261125;
  std::mt19937 random(seed);
  std::map<int, std::unique_ptr<Copier>> members;
  int next_member = 0;
  const auto join = [&] {
    members[next_member] =
        std::make_unique<Copier>(lab, ownership, counts, next_member, group, input, output);
    ++next_member;
  };
  std::size_t appended = 0;
  const auto append = [&] {
    std::vector<std::string> values;
    for (int i = 0; i < 600; ++i) values.push_back(std::to_string(appended++));
    append_plain(input, static_cast<std::int32_t>(random() % partition_count), values);
  };
  join();
  int crashes = 0;
  for (int step = 0; step < 20; ++step) {
    append();
    if (members.size() == 1 || (members.size() < 4 && random() % 2 == 0)) {
      join();
    } else {
      const auto leaving = std::next(members.begin(), static_cast<std::ptrdiff_t>(random() % members.size()));
      if (step % 5 == 4) {
        ++crashes;
        leaving->second->crash();
      } else {
        leaving->second->leave();
      }
      members.erase(leaving);
    }
    append();
    if (step % 2 == 0) continue;  // the next one comes while the group is still rebalancing
    const std::size_t target = appended;
    ASSERT_TRUE(eventually([&] {
      return read_topic(output, partition_count, Isolation::read_committed).size() >= target;
    })) << "step "
        << step << ", seed " << seed;
  }
  for (auto& entry : members) entry.second->leave();

  const std::vector<ReadRecord> copied = read_topic(output, partition_count, Isolation::read_committed);
  std::map<std::string, int> seen;
  std::map<std::int32_t, long> last;
  for (const ReadRecord& record : copied) {
    ++seen[*record.value];
    const long id = std::stol(*record.value);
    long& before = last.emplace(record.partition, -1).first->second;
    EXPECT_GT(id, before) << "out of order";
    before = id;
  }
  EXPECT_EQ(copied.size(), appended) << "seed " << seed;
  EXPECT_EQ(seen.size(), appended) << "seed " << seed;
  EXPECT_EQ(ownership.overlaps(), 0);
  EXPECT_GT(crashes, 0);
  std::cout << "assignments " << counts.assignments << ", rewinds " << counts.rewinds << ", recreations "
            << counts.recreations << ", repeats dropped " << counts.repeats_dropped << ", crashes " << crashes
            << "\n";
}

INSTANTIATE_TEST_SUITE_P(Protocols, KafkaRebalance,
                         testing::Values(GroupProtocol::consumer, GroupProtocol::classic),
                         [](const auto& protocol) {
                           return protocol.param == GroupProtocol::consumer ? "consumer" : "classic";
                         });

}  // namespace
}  // namespace tallymill::integration
