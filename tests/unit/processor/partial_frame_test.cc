#include "processor/codec/partial_frame.h"

#include <gtest/gtest.h>

namespace tallymill::processor {
namespace {

std::string frame_of_two() {
  std::string bytes;
  append_frame_header(
      bytes, {.sub_topology = 3, .input = 70'000, .watermark = {-5}, .partials = 2, .sent_total = 12});
  append_frame_partial(bytes, "k1", "d1");
  append_frame_partial(bytes, "", std::string(300, 'x'));
  return bytes;
}

TEST(PartialFrame, ComesBackAsItWasWritten) {
  const std::string bytes = frame_of_two();
  auto frame = FrameReader::open(bytes);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->header().sub_topology, 3);
  EXPECT_EQ(frame->header().input, 70'000U);
  EXPECT_EQ(frame->header().watermark.microseconds, -5);
  EXPECT_EQ(frame->header().sent_total, 12U);
  const auto first = frame->next();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->key, "k1");
  EXPECT_EQ(first->delta, "d1");
  const auto second = frame->next();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->delta.size(), 300U);
  EXPECT_FALSE(frame->next());
  EXPECT_TRUE(frame->ok());
}

TEST(PartialFrame, ACutFrameIsSeen) {
  const std::string bytes = frame_of_two();
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    auto frame = FrameReader::open(std::string_view(bytes).substr(0, length));
    if (!frame) continue;
    std::uint64_t partials = 0;
    while (frame->next()) ++partials;
    EXPECT_TRUE(!frame->ok() || partials < frame->header().partials) << length;
  }
}

}  // namespace
}  // namespace tallymill::processor
