#include "processor/runtime/task_metadata.h"

#include <gtest/gtest.h>

#include "processor/state/changelog.h"

namespace tallymill::processor {
namespace {

const CountedPlaces places = {{"a", "b"}, {{"a", "filter"}, {"b", "filter"}, {"b", "sum results"}}};

TaskProgress sample() {
  TaskProgress progress;
  progress.commit_number = 300;
  progress.next_offset = topology::Offset(1'000'000'000'007);
  progress.stream_time = {-5};
  progress.upstream[{{topology::SubTopologyIndex(1), 70'000}, 2}] = {{1234}, 99};
  progress.hops = {{{7, {8}}, {}}, {}};
  progress.source = {.shape = ops::SourceMemory::Shape::flattened,
                     .server = "cdc",
                     .database = "shop",
                     .schema = "public",
                     .table = "orders",
                     .last_delete_key = "{\"id\":1}",
                     .is_streaming = true,
                     .snapshot = ops::SourceMemory::Snapshot::ended};
  progress.fates.read = 11;
  progress.fates.records = {1, 2, 3, 4, 1, 0};
  progress.fates.observations = {5, 4, 3, 2, 1};
  progress.fates.pipelines = {{0, {}}, {9, {4, 3, 2, 0}}};
  progress.fates.steps = {{0, {}}, {5, {4, 1, 0, 0}}, {8, {2, 0, 0, 6}}};
  return progress;
}

TEST(TaskMetadata, ComesBackAsItWas) {
  const std::string bytes = write_task_metadata(sample(), places);
  const auto read = read_task_metadata(bytes, places);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(write_task_metadata(*read, places), bytes);
  EXPECT_EQ(read->next_offset, sample().next_offset);
  EXPECT_EQ(read->upstream.begin()->second.received_total, 99U);
  EXPECT_EQ(read->hops[0][0].sent_total, 7U);
  EXPECT_EQ(read->source.home(), sample().source.home());
  EXPECT_EQ(read->source.shape, ops::SourceMemory::Shape::flattened);
  EXPECT_EQ(read->source.last_delete_key, "{\"id\":1}");
  EXPECT_EQ(read->source.snapshot, ops::SourceMemory::Snapshot::ended);
  EXPECT_TRUE(read->source.is_streaming);
  EXPECT_EQ(read->hops[0][1].announced, topology::EventTime::minus_infinity());
}

TEST(TaskMetadata, PlacesAreFoundByNameWhenTheirPositionsShift) {
  const std::string bytes = write_task_metadata(sample(), places);
  const auto read = read_task_metadata(bytes, {{"b", "new"}, {{"b", "sum results"}, {"new", "filter"}}});
  ASSERT_TRUE(read);
  EXPECT_EQ(read->fates.pipelines[0].received, 9U);
  EXPECT_EQ(read->fates.pipelines[1].received, 0U);
  EXPECT_EQ(read->fates.steps[0].of(ops::ImageFate::dead), 6U);
  EXPECT_EQ(read->fates.steps[1].received, 0U) << "a step of the same name in another pipeline";
}

TEST(TaskMetadata, EveryTruncationIsDamage) {
  const std::string bytes = write_task_metadata(sample(), places);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto read = read_task_metadata(std::string_view(bytes).substr(0, size), places);
    ASSERT_FALSE(read) << size;
    EXPECT_EQ(read.error().code, topology::ErrorCode::changelog_damaged);
  }
  EXPECT_FALSE(read_task_metadata(bytes + "x", places));
}

TEST(TaskMetadata, AnotherFormatIsRefusedWithBothNumbers) {
  const auto read = read_task_metadata("\x01" + write_task_metadata(sample(), places).substr(1), places);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, topology::ErrorCode::changelog_damaged);
  EXPECT_EQ(read.error().message,
            "the state in the changelog has format 1, and this version of Tallymill reads format 2");
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
