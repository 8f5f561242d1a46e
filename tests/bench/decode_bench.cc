// Decoding one change record, key included, as the record path does it: into a batch arena that is reset
// every 500 records. Aims, not asserted: 0.5 us for an envelope of some 0.8 KB without a schema, 1.0 us for
// the same with its schema, some 4.4 KB.

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "processor/codec/debezium_decoder.h"
#include "processor/codec/json_encoder.h"
#include "tests/unit/codec/fixture_records.h"

namespace tallymill {
namespace {

using processor::DebeziumDecoder;
using tests::FixtureRecord;

constexpr std::size_t batch_records = 500;

/// The changes of `transactions` that have a row after them.
std::vector<FixtureRecord> rows_of(const std::string& file_name) {
  std::vector<FixtureRecord> records;
  for (FixtureRecord& record : tests::read_fixture(file_name)) {
    const bool has_row = record.value && record.value->find("\"after\":null") == std::string::npos &&
                         record.value->find("\"__deleted\":\"true\"") == std::string::npos;
    if (has_row && record.topic.ends_with(".transactions")) records.push_back(std::move(record));
  }
  return records;
}

void decode(benchmark::State& state, const std::string& file_name) {
  const std::vector<FixtureRecord> records = rows_of(file_name);
  if (records.empty()) {
    state.SkipWithError("the shared fixtures are not there");
    return;
  }
  DebeziumDecoder decoder(tests::transactions_format());
  topology::Arena batch;
  std::size_t next = 0;
  std::size_t decoded = 0;
  std::size_t bytes = 0;
  for (auto _ : state) {
    const FixtureRecord& record = records[next];
    next = next + 1 == records.size() ? 0 : next + 1;
    const auto envelope = decoder.decode(record.key, record.value, batch);
    if (!envelope.ok()) {
      state.SkipWithError(envelope.error().message.c_str());
      return;
    }
    benchmark::DoNotOptimize(envelope->after->data());
    bytes += record.value->size();
    if (++decoded % batch_records == 0) batch.reset();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(decoded));
  state.counters["value_bytes"] = static_cast<double>(bytes) / static_cast<double>(decoded);
}

BENCHMARK_CAPTURE(decode, envelope_without_schema, "no_schemas.jsonl");
BENCHMARK_CAPTURE(decode, envelope_with_schema, "schemas.jsonl");
BENCHMARK_CAPTURE(decode, flattened_with_schema, "flattened_with_schemas.jsonl");

}  // namespace
}  // namespace tallymill
