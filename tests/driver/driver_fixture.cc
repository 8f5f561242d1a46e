#include "tests/driver/driver_fixture.h"

#include <gtest/gtest.h>

#include "ops/operator_catalog.h"
#include "processor/codec/json_tree.h"
#include "processor/codec/partitioner.h"

namespace tallymill::driver {

using processor::CommitOutcome;
using processor::TopicPartition;
using topology::Error;
using topology::ErrorCode;
using topology::Partition;

namespace {

constexpr std::string_view topology_text = R"(version: 1
name: driver
sources:
  payments:
    topic: cdc.payments
    primary_key: [id]
    columns: { id: string, user: string, amount: decimal }
dead_letter: { payload: raw }
pipelines:
  totals:
    from: payments
    steps:
      - aggregate: { by: [user], compute: { total: sum(amount), largest: max(amount) } }
    to: { topic: totals }
)";

Error made_to_fail() { return {ErrorCode::fenced, "made to fail by the test", ""}; }

}  // namespace

topology::Status FaultySink::produce(const processor::OutputRecord& record) {
  if (std::exchange(fails_produce, false)) return made_to_fail();
  if (record.value && record.value->size() > value_bytes_max) {
    return Error{ErrorCode::unproducible, "the record is too large", "make it smaller"};
  }
  ++records_;
  return sink_.produce(record);
}

topology::Status FaultySink::send_offsets(const processor::Offsets& offsets,
                                          const processor::GroupMetadata& group) {
  if (std::exchange(fails_send_offsets, false)) return made_to_fail();
  if (records_ > records_max) return Error{ErrorCode::broker_unreachable, "not taken by the brokers in time", ""};
  return sink_.send_offsets(offsets, group);
}

CommitOutcome FaultySink::commit() {
  if (!lie) return sink_.commit();
  const Lie told = *std::exchange(lie, std::nullopt);
  if (told.commits) {
    EXPECT_EQ(sink_.commit(), CommitOutcome::committed);
  } else if (told.answer == CommitOutcome::aborted) {
    EXPECT_TRUE(sink_.abort().ok());
  }
  return told.answer;
}

topology::Status FaultySink::abort() {
  if (std::exchange(fails_abort, false)) return made_to_fail();
  return sink_.abort();
}

topology::Status FaultySink::recreate() { return sink_.recreate(); }

DriverFixture::DriverFixture(std::int32_t source_partitions) : partitions(source_partitions) {
  topology::Diagnostics diagnostics;
  plan =
      topology::load_topology(topology_text, "driver.yaml", ".", ops::operator_catalog(), diagnostics).plan;
  EXPECT_TRUE(plan.has_value()) << diagnostics.to_text();
  broker.create_topic("cdc.payments", partitions);
  layout = std::move(*processor::PartitionLayout::make(*plan, topics, processor::Durability::changelogs));
  EXPECT_TRUE(layout.create_topics(*plan, topics, {}).ok());
}

std::unique_ptr<DriverFixture::Member> DriverFixture::start(const std::string& transactional_id) {
  auto member = std::make_unique<Member>();
  member->local_sink = std::make_unique<processor::LocalSink>(broker, transactional_id, clock);
  member->sink = std::make_unique<FaultySink>(*member->local_sink);
  member->source = std::make_unique<processor::LocalSource>(broker);
  member->changelogs = std::make_unique<processor::LocalChangelogReader>(broker);
  member->worker = std::make_unique<processor::Worker>(
      *plan, layout,
      processor::WorkerPorts{*member->source, *member->sink, topics, *member->changelogs, clock, log,
                             &member->reports, &member->probe},
      processor::WorkerSettings{});
  EXPECT_TRUE(member->source->subscribe(layout.input_topics(), *member->worker).ok());
  return member;
}

void DriverFixture::append(const std::string& id, std::string value) {
  processor::LocalRecord record;
  record.key = "{\"id\":\"" + id + "\"}";
  record.value = std::move(value);
  broker.log({"cdc.payments", processor::partition_of(*record.key, partitions)}).append(record);
}

void DriverFixture::insert(const std::string& id, const std::string& user, const std::string& amount) {
  append(id, R"({"before":null,"after":{"id":")" + id + R"(","user":")" + user + R"(","amount":")" + amount +
                 R"("},"source":{"ts_ms":1,"lsn":)" + std::to_string(next_lsn_++) + R"(},"op":"u"})");
}

void DriverFixture::remove(const std::string& id) {
  append(id, R"({"before":{"id":")" + id + R"("},"after":null,"source":{"ts_ms":1,"lsn":)" +
                 std::to_string(next_lsn_++) + R"(},"op":"d"})");
}

topology::Result<processor::CycleOutcome> DriverFixture::drain(Member& member) {
  processor::CycleOutcome last = processor::CycleOutcome::idle;
  while (true) {
    const auto turn = member.worker->turn();
    if (!turn) return turn.error();
    if (turn->commit == processor::CycleOutcome::stopped) return turn->commit;
    if (turn->records > 0 || turn->is_restoring) continue;
    const auto outcome = member.worker->commit();
    if (!outcome) return outcome.error();
    if (*outcome == processor::CycleOutcome::idle) return last;
    last = *outcome;
    if (last == processor::CycleOutcome::stopped) return last;
  }
}

std::vector<const processor::LocalRecord*> DriverFixture::records_of(const processor::LocalLog& log) {
  std::vector<const processor::LocalRecord*> records;
  for (auto entry = log.first_from(log.begin_offset()); entry != nullptr;
       entry = log.first_from(topology::Offset(entry->offset.value + 1))) {
    if (!entry->record.is_control) records.push_back(&entry->record);
  }
  return records;
}

std::map<std::string, std::string> DriverFixture::totals() {
  std::map<std::string, std::string> totals;
  for (std::int32_t p = 0; p < layout.partition_count("totals"); ++p) {
    const auto& log = broker.log({"totals", Partition(p)});
    EXPECT_EQ(log.last_stable_offset(), log.end_offset()) << "no transaction is left open";
    for (const processor::LocalRecord* record : records_of(log)) {
      if (log.is_aborted(record->transaction)) continue;
      const std::string user = processor::parse_json_tree(*record->key)->find("user")->text;
      if (record->value) {
        totals[user] = processor::parse_json_tree(*record->value)->find("total")->text;
      } else {
        totals.erase(user);
      }
    }
  }
  return totals;
}

std::size_t DriverFixture::visible_records() {
  std::size_t count = 0;
  for (std::int32_t p = 0; p < layout.partition_count("totals"); ++p) {
    const auto& log = broker.log({"totals", Partition(p)});
    for (const processor::LocalRecord* record : records_of(log))
      count += !log.is_aborted(record->transaction);
  }
  return count;
}

}  // namespace tallymill::driver
