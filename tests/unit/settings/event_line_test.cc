#include <gtest/gtest.h>

#include "processor/logging/line_event_log.h"

namespace tallymill::processor {
namespace {

constexpr topology::EventTime time{1'795'622'400'123'456};

TEST(EventLine, IsTextOrAnObject) {
  EXPECT_EQ(event_line(LogSettings::Format::text, time, Severity::info, "stopped", {{"worker", "1"}}),
            "2026-11-25T16:00:00.123456Z info stopped worker=\"1\"");
  EXPECT_EQ(event_line(LogSettings::Format::json, time, Severity::error, "stopped", {{"worker", "1"}}),
            R"({"time":"2026-11-25T16:00:00.123456Z","level":"error","event":"stopped","worker":"1"})");
}

TEST(EventLine, StaysOneLineWhateverItHolds) {
  for (const auto format : {LogSettings::Format::text, LogSettings::Format::json}) {
    const std::string line = event_line(format, time, Severity::warning, "a\nb\"c\x1b[31m",
                                        {{"cause", "x\r\ny\",\"level\":\"info"}, {"empty", ""}});
    EXPECT_EQ(line.find_first_of("\n\r\x1b"), std::string::npos) << line;
    EXPECT_NE(line.find(R"(\",\"level\":\"info)"), std::string::npos) << line;
  }
}

}  // namespace
}  // namespace tallymill::processor
