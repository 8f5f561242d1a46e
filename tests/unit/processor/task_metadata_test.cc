#include "processor/runtime/task_metadata.h"

#include <gtest/gtest.h>

#include "processor/state/changelog.h"

namespace tallymill::processor {
namespace {

const std::vector<std::string> pipelines = {"a", "b"};

TaskProgress sample() {
  TaskProgress progress;
  progress.commit_number = 300;
  progress.next_offset = topology::Offset(1'000'000'000'007);
  progress.stream_time = {-5};
  progress.upstream[{{topology::SubTopologyIndex(1), 70'000}, 2}] = {{1234}, 99};
  progress.hops = {{{7, {8}}, {}}, {}};
  progress.fates.read = 11;
  progress.fates.records = {1, 2, 3, 4, 1, 0};
  progress.fates.observations = {5, 4, 3, 2, 1};
  progress.fates.derived_dead = 6;
  progress.fates.pipelines.resize(2);
  progress.fates.pipelines[1].entered = 9;
  progress.fates.pipelines[1].by_fate = {4, 3, 2, 0};
  return progress;
}

TEST(TaskMetadata, ComesBackAsItWas) {
  const std::string bytes = write_task_metadata(sample(), pipelines);
  const auto read = read_task_metadata(bytes, pipelines);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(write_task_metadata(*read, pipelines), bytes);
  EXPECT_EQ(read->next_offset, sample().next_offset);
  EXPECT_EQ(read->upstream.begin()->second.received_total, 99U);
  EXPECT_EQ(read->hops[0][0].sent_total, 7U);
  EXPECT_EQ(read->hops[0][1].announced, topology::EventTime::minus_infinity());
}

TEST(TaskMetadata, PipelinesAreFoundByNameWhenTheirPositionsShift) {
  const std::string bytes = write_task_metadata(sample(), pipelines);
  const auto read = read_task_metadata(bytes, {"b", "new"});
  ASSERT_TRUE(read);
  EXPECT_EQ(read->fates.pipelines[0].entered, 9U);
  EXPECT_EQ(read->fates.pipelines[1].entered, 0U);
}

TEST(TaskMetadata, EveryTruncationIsDamage) {
  const std::string bytes = write_task_metadata(sample(), pipelines);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto read = read_task_metadata(std::string_view(bytes).substr(0, size), pipelines);
    ASSERT_FALSE(read) << size;
    EXPECT_EQ(read.error().code, topology::ErrorCode::changelog_damaged);
  }
  EXPECT_FALSE(read_task_metadata(bytes + "x", pipelines));
  EXPECT_FALSE(read_task_metadata("\x02" + bytes.substr(1), pipelines)) << "an unknown format";
}

TEST(ChangelogKey, TellsStoresAndMetadataApart) {
  std::string key;
  append_changelog_key(key, 200, "abc");
  const auto read = read_changelog_key(key);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->store, 200U);
  EXPECT_EQ(read->key, "abc");
  EXPECT_FALSE(read_changelog_key(metadata_changelog_key())->store);
  for (const std::string_view damaged : {"", "\x02\x01", "\x01", "\x01\x80"}) {
    EXPECT_FALSE(read_changelog_key(damaged));
  }
}

}  // namespace
}  // namespace tallymill::processor
