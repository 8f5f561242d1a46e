#include "processor/codec/printed_json.h"

#include <gtest/gtest.h>

namespace tallymill::processor {
namespace {

TEST(MaskFields, ReplacesValuesAtAnyDepth) {
  const std::vector<std::string> names = {"ip"};
  EXPECT_EQ(mask_fields(R"({"ip":"1.2.3.4","n":1,"in":{"ip":{"a":1},"b":[{"ip":2},3]}})", names),
            R"({"ip":"***","n":1,"in":{"ip":"***","b":[{"ip":"***"},3]}})");
  EXPECT_EQ(mask_fields("1.2.3.4", names), "\"***\"");
}

TEST(OnOneLine, TakesLineFeedsOutOfJson) {
  EXPECT_EQ(on_one_line("{\n  \"a\": \"x y\"\n}"), R"({"a":"x y"})");
  EXPECT_EQ(on_one_line(R"({"a": 1})"), R"({"a": 1})") << "and leaves alone what has none";
}

TEST(AsUtf8, ReplacesWhatIsNoText) {
  EXPECT_EQ(as_utf8("Łucja"), "Łucja");
  EXPECT_EQ(as_utf8("a\xff"
                    "b"),
            "a\xEF\xBF\xBD"
            "b");
}

}  // namespace
}  // namespace tallymill::processor
