#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "processor/local/broker.h"
#include "processor/local/local_changelog_reader.h"
#include "processor/local/local_sink.h"
#include "processor/local/local_source.h"
#include "processor/runtime/worker.h"
#include "topology/plan/plan.h"

namespace tallymill::driver {

/// A clock that moves when told.
class ManualClock final : public topology::Clock {
 public:
  topology::EventTime now() const override { return now_; }
  topology::Duration steady() const override { return steady_; }
  void advance(topology::Duration duration) {
    now_ = saturating_add(now_, duration);
    steady_.microseconds += duration.microseconds;
  }
  /// As an operator or NTP does it.
  void set_back(topology::Duration duration) { now_ = saturating_subtract(now_, duration); }

 private:
  topology::EventTime now_{0};
  topology::Duration steady_;
};

/// A sink whose calls can be made to fail, once each.
class FaultySink final : public processor::TransactionalSink {
 public:
  explicit FaultySink(processor::TransactionalSink& sink) : sink_(sink) {}

  bool fails_produce = false;
  /// Records with a longer value are refused as a broker does.
  std::size_t value_bytes_max = 1'000'000;

  bool fails_send_offsets = false;
  /// A transaction of more records is not taken in time, as over a slow way to the brokers.
  std::size_t records_max = 1'000'000;
  std::size_t commits = 0;  ///< that were tried
  bool fails_abort = false;
  /// What the next commit answers, and whether the broker did commit.
  struct Lie {
    processor::CommitOutcome answer;
    bool commits;
  };
  std::optional<Lie> lie;

  topology::Status begin() override {
    records_ = 0;
    ++commits;
    return sink_.begin();
  }
  topology::Status produce(const processor::OutputRecord& record) override;
  topology::Status send_offsets(const processor::Offsets& offsets,
                                const processor::GroupMetadata& group) override;
  processor::CommitOutcome commit() override;
  topology::Status abort() override;
  topology::Status recreate() override;
  std::uint64_t recreations() const override { return sink_.recreations(); }

 private:
  processor::TransactionalSink& sink_;
  std::size_t records_ = 0;
};

/// Stops at a step when told, once, as if the process had died there.
class ProbeOnce final : public processor::CommitProbe {
 public:
  std::optional<processor::CommitStep> stops;
  bool stops_at(processor::CommitStep step) override {
    if (stops != step) return false;
    stops.reset();
    return true;
  }
};

/// Keeps the events that the worker told of.
class KeptEventLog final : public processor::EventLog {
 public:
  std::vector<std::string> events;
  void write(processor::Severity, std::string_view event,
             std::initializer_list<processor::EventField>) override {
    events.emplace_back(event);
  }
};

/// A broker, a topology that sums amounts per user, and workers over them.
class DriverFixture {
 public:
  explicit DriverFixture(std::int32_t partitions = 2);

  struct Member {
    std::unique_ptr<processor::LocalSink> local_sink;
    std::unique_ptr<FaultySink> sink;
    std::unique_ptr<processor::LocalSource> source;
    std::unique_ptr<processor::LocalChangelogReader> changelogs;
    ProbeOnce probe;
    processor::WorkerReportSlot reports;
    std::unique_ptr<processor::Worker> worker;
  };
  std::unique_ptr<Member> start(const std::string& transactional_id);

  /// A change of row `id` of user `user`; in the partition that `id` hashes to.
  void insert(const std::string& id, const std::string& user, const std::string& amount);
  void remove(const std::string& id);

  /// Turns until nothing is read, then commits; the last commit's outcome, or the error. Ends when the probe
  /// stops the member.
  topology::Result<processor::CycleOutcome> drain(Member& member);
  /// What a read_committed reader has at the end of the output topic: user -> total.
  std::map<std::string, std::string> totals();
  /// Values of the output topic that are visible, tombstones included.
  std::size_t visible_records();
  /// The records of a log that are no markers, in order; aborted ones too.
  static std::vector<const processor::LocalRecord*> records_of(const processor::LocalLog& log);

  ManualClock clock;
  processor::LocalBroker broker;
  processor::LocalTopics topics{broker};
  KeptEventLog log;
  std::optional<topology::Plan> plan;
  processor::PartitionLayout layout;
  std::int32_t partitions;

 private:
  void append(const std::string& id, std::string value);
  std::uint64_t next_lsn_ = 1;
};

}  // namespace tallymill::driver
