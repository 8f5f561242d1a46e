#include "processor/commands/pipe/input_lines.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace tallymill::processor {
namespace {

/// A file that is gone after the test.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view bytes) : path_(testing::TempDir() + "input_lines_test") {
    std::ofstream(path_, std::ios::binary) << bytes;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// "line number: text" of each; ends with the error, if there is one.
std::vector<std::string> texts_of(std::string_view bytes) {
  const TemporaryFile file(bytes);
  const StopSignals signals;
  const auto input = InputBytes::open(file.path(), signals);
  if (!input) return {input.error().message};
  InputLines lines(**input);
  std::vector<std::string> texts;
  while (true) {
    const auto next = lines.next();
    if (!next) texts.push_back(next.error().message);
    if (!next || *next == InputLines::Next::end) return texts;
    texts.push_back(std::to_string(lines.line_number()) + ": " +
                    (*next == InputLines::Next::text ? std::string(lines.text()) : "too long"));
  }
}

std::string gzip(std::string_view text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string packed(deflateBound(&stream, text.size()) + 64, '\0');
  std::string copy(text);
  stream.next_in = reinterpret_cast<Bytef*>(copy.data());
  stream.avail_in = static_cast<uInt>(copy.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

using Texts = std::vector<std::string>;

TEST(InputLines, PassesOverWhatIsNoTextOfARecord) {
  EXPECT_EQ(texts_of(""), Texts());
  EXPECT_EQ(texts_of("\n \r\n"), Texts());
  EXPECT_EQ(texts_of("\xEF\xBB\xBF{\"a\":1}\r\n\n  {\"a\":2}"), (Texts{"1: {\"a\":1}", "3:   {\"a\":2}"}));
}

TEST(InputLines, JoinsAnObjectThatSpansLines) {
  EXPECT_EQ(texts_of("{\n  \"a\": {\n  }\n}\n{\"b\":1}\n{\r\n}\n"),
            (Texts{"1: {\n  \"a\": {\n  }\n}", "5: {\"b\":1}", "6: {\n}"}));
}

TEST(InputLines, ABrokenObjectDoesNotSwallowTheNextRecord) {
  EXPECT_EQ(texts_of("{\n  \"a\": 1,\n{\"b\":1}\nnull\n{\n  \"c\":"),
            (Texts{"1: {\n  \"a\": 1,", "3: {\"b\":1}", "4: null", "5: {\n  \"c\":"}));
}

TEST(InputLines, LinesMayBeLongerThanWhatIsReadAtOnce) {
  const std::string longest(3'000'000, 'x');
  EXPECT_EQ(texts_of("a\n" + longest + "\nb"), (Texts{"1: a", "2: " + longest, "3: b"}));
}

TEST(InputLines, WhatIsTooLongIsPassedOver) {
  const std::string too_long(InputLines::bytes_max + 1, 'x');
  EXPECT_EQ(texts_of("a\n" + too_long + "\nb\n" + too_long),
            (Texts{"1: a", "2: too long", "3: b", "4: too long"}));
}

TEST(InputLines, GzipIsUnpackedAlsoWhereFilesWereJoined) {
  const std::string many(1'000'000, 'x');
  EXPECT_EQ(texts_of(gzip("a\n") + gzip("b\n" + many)), (Texts{"1: a", "2: b", "3: " + many}));
}

TEST(InputLines, GzipThatEndsEarlyOrIsDamagedIsAnError) {
  const std::string packed = gzip("a\nb\n");
  const auto early = texts_of(packed.substr(0, packed.size() - 3));
  ASSERT_FALSE(early.empty());
  EXPECT_NE(early.back().find("end early"), std::string::npos) << early.back();
  std::string damaged = packed;
  damaged[damaged.size() - 6] ^= 1;  // of the check sum
  EXPECT_NE(texts_of(damaged).back().find("damaged"), std::string::npos);
}

TEST(InputLines, WhatIsPackedOtherwiseIsSaidWithTheCommandThatUnpacks) {
  const TemporaryFile file("\x28\xb5\x2f\xfd rest");
  const StopSignals signals;
  const auto input = InputBytes::open(file.path(), signals);
  ASSERT_FALSE(input);
  EXPECT_NE(input.error().message.find("zstd"), std::string::npos);
  EXPECT_EQ(input.error().hint, "zstd -dc " + file.path() + " | tallymill pipe TOPOLOGY -");
  EXPECT_NE(texts_of(std::string("\xff\xfe{\0", 4)).back().find("UTF-16"), std::string::npos);
}

}  // namespace
}  // namespace tallymill::processor
