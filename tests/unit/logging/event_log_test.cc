#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "processor/logging/event_line.h"
#include "processor/logging/line_event_log.h"

namespace tallymill::processor {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr topology::EventTime time{1'795'708'800'123'456};  // 2026-11-26T16:00:00.123456Z

class FixedClock final : public topology::Clock {
 public:
  topology::EventTime now() const override { return time; }
  topology::Duration steady() const override { return {}; }
};

std::string text_line(std::string_view event, std::initializer_list<EventField> fields = {},
                      Severity severity = Severity::info) {
  return event_line(LogSettings::Format::text, time, severity, event, fields);
}

std::string json_line(std::string_view event, std::initializer_list<EventField> fields = {},
                      Severity severity = Severity::info) {
  return event_line(LogSettings::Format::json, time, severity, event, fields);
}

TEST(EventLineTest, TextIsForPeople) {
  EXPECT_EQ(text_line("partitions were assigned", {{"partitions", "a/0 a/1"}, {"worker", "0"}}),
            "2026-11-26T16:00:00.123456Z info  partitions were assigned partitions=\"a/0 a/1\" worker=\"0\"");
  EXPECT_EQ(text_line("started", {}, Severity::debug), "2026-11-26T16:00:00.123456Z debug started");
  EXPECT_EQ(text_line("started", {}, Severity::warning), "2026-11-26T16:00:00.123456Z warning started");
  EXPECT_EQ(text_line("started", {}, Severity::error), "2026-11-26T16:00:00.123456Z error started");
}

TEST(EventLineTest, JsonIsOneObject) {
  EXPECT_EQ(json_line("partitions were assigned", {{"partitions", "a/0 a/1"}}),
            R"({"time":"2026-11-26T16:00:00.123456Z","level":"info","event":"partitions were assigned",)"
            R"("partitions":"a/0 a/1"})");
  EXPECT_EQ(json_line("e", {}, Severity::warning),
            R"({"time":"2026-11-26T16:00:00.123456Z","level":"warning","event":"e"})");
  EXPECT_THAT(json_line("e", {{"time", "1"}, {"level", "2"}, {"event", "3"}}),
              HasSubstr(R"("field_time":"1","field_level":"2","field_event":"3"})"));
}

struct Escape {
  std::string value;
  std::string line;  ///< how both forms show it, within quotes
};

TEST(EventLineTest, HostileValuesStayWithinTheirQuotesAndTheirLine) {
  const Escape escapes[] = {
      {"a\nb\rc\td", "a\\nb\\rc\\td"},
      {"say \"x\" \\n", "say \\\"x\\\" \\\\n"},
      {"\" level=\"error", "\\\" level=\\\"error"},
      {"\",\"level\":\"error", "\\\",\\\"level\\\":\\\"error"},
      {std::string("\0\x01\x1b[2J\x7f", 7), "\\u0000\\u0001\\u001b[2J\\u007f"},
      {"next\xC2\x85line", "next\\u0085line"},
      {"separator\xE2\x80\xA8of lines\xE2\x80\xA9", "separator\\u2028of lines\\u2029"},
      {"\xE2\x80\xAEtxt.exe", "\\u202etxt.exe"},
      {"\xEF\xBB\xBFmark", "\\ufeffmark"},
      {"no\xFFutf8\xC3", "no\\ufffdutf8\\ufffd"},
      {"\xED\xA0\x80", "\\ufffd\\ufffd\\ufffd"},
      {"\xE2\x82", "\\ufffd\\ufffd"},
      {"Zürich ✓ 😀", "Zürich ✓ 😀"},
      {"{} {0} %s %v", "{} {0} %s %v"},
      {"", ""},
  };
  for (const Escape& escape : escapes) {
    EXPECT_EQ(text_line("e", {{"v", escape.value}}),
              "2026-11-26T16:00:00.123456Z info  e v=\"" + escape.line + "\"");
    EXPECT_EQ(json_line("e", {{"v", escape.value}}),
              "{\"time\":\"2026-11-26T16:00:00.123456Z\",\"level\":\"info\",\"event\":\"e\",\"v\":\"" +
                  escape.line + "\"}");
  }
  EXPECT_THAT(text_line("two\nlines"), HasSubstr("two\\nlines"));
  EXPECT_THAT(json_line("two\nlines"), HasSubstr("two\\nlines"));
  EXPECT_THAT(text_line("e", {{"na\nme", "v"}}), HasSubstr(" na\\nme=\"v\""));
}

TEST(LineEventLogTest, WritesToStandardErrorFromItsLevelOn) {
  const FixedClock clock;
  LogSettings settings;
  settings.level = LogSettings::Level::warning;
  testing::internal::CaptureStderr();
  LineEventLog log(settings, clock);
  log.write(Severity::info, "dropped", {});
  log.write(Severity::warning, "kept {} {0} %v", {{"a", "b"}});
  log.set_level(LogSettings::Level::debug);
  log.write(Severity::debug, "kept from now on", {});
  log.set_level(LogSettings::Level::error);
  log.write(Severity::warning, "dropped again", {});
  log.write(Severity::error, "kept too", {});
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "2026-11-26T16:00:00.123456Z warning kept {} {0} %v a=\"b\"\n"
            "2026-11-26T16:00:00.123456Z debug kept from now on\n"
            "2026-11-26T16:00:00.123456Z error kept too\n");
}

TEST(LineEventLogTest, LinesOfSeveralThreadsStayWhole) {
  constexpr int threads = 4;
  constexpr int lines_each = 500;
  const FixedClock clock;
  LogSettings settings;
  settings.format = LogSettings::Format::json;
  testing::internal::CaptureStderr();
  {
    LineEventLog log(settings, clock);
    std::vector<std::jthread> writers;
    for (int i = 0; i < threads; ++i) {
      writers.emplace_back([&log] {
        for (int line = 0; line < lines_each; ++line) {
          log.write(Severity::error, "e", {{"v", std::string(200, 'x')}});
          log.set_level(line % 2 == 0 ? LogSettings::Level::error : LogSettings::Level::debug);
        }
      });
    }
  }
  const std::string written = testing::internal::GetCapturedStderr();
  const std::string whole = json_line("e", {{"v", std::string(200, 'x')}}, Severity::error) + "\n";
  ASSERT_EQ(written.size(), whole.size() * threads * lines_each);
  for (std::size_t begin = 0; begin < written.size(); begin += whole.size()) {
    ASSERT_EQ(written.substr(begin, whole.size()), whole);
  }
}

}  // namespace
}  // namespace tallymill::processor
