#include "processor/runtime/watchdog.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <future>
#include <string>

namespace tallymill::processor {
namespace {

using topology::Duration;

constexpr Duration second{1'000'000};

class KeptLog final : public EventLog {
 public:
  void write(Severity, std::string_view event, std::initializer_list<EventField> fields) override {
    text += event;
    for (const EventField& field : fields) text += " " + std::string(field.name) + "=" + std::string(field.value);
  }
  std::string text;
};

TEST(Pulse, SaysWhichCallIsOverdue) {
  Pulse pulse;
  const Pulse::Call call(pulse, "committing", Duration{3'000'000});
  EXPECT_FALSE(pulse.look(second)) << "it was entered since the last look";
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(pulse.look(second)) << i;
  const auto overdue = pulse.look(second);
  ASSERT_TRUE(overdue);
  EXPECT_EQ(overdue->what, "committing");
  EXPECT_EQ(overdue->lasted, Duration{4'000'000});
}

TEST(Pulse, ThatIsQuietBetweenCallsHasNothingOverdue) {
  Pulse pulse;
  pulse.begin();
  { const Pulse::Call call(pulse, "committing", second); }
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(pulse.look(second));
  EXPECT_EQ(pulse.quiet(), Duration{99'000'000});
  pulse.beat();
  EXPECT_FALSE(pulse.look(second));
  EXPECT_EQ(pulse.quiet(), Duration{0});
  EXPECT_FALSE(pulse.look(second));
  pulse.end();
  EXPECT_EQ(pulse.quiet(), Duration{0}) << "nobody misses it";
}

/// A supervisor's socket, in the abstract namespace.
class SupervisorSocket {
 public:
  SupervisorSocket() : name_("@tallymill-test-" + std::to_string(getpid())), file_(socket(AF_UNIX, SOCK_DGRAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name_.copy(address.sun_path, sizeof address.sun_path - 1);
    address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
    EXPECT_EQ(bind(file_, reinterpret_cast<const sockaddr*>(&address), size), 0);
    const timeval patience{5, 0};
    setsockopt(file_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~SupervisorSocket() { close(file_); }
  SupervisorSocket(const SupervisorSocket&) = delete;
  SupervisorSocket& operator=(const SupervisorSocket&) = delete;

  const std::string& name() const { return name_; }
  /// The next message; empty if none comes.
  std::string next(int flags = 0) {
    char text[64] = {};
    const ssize_t size = recv(file_, text, sizeof text, flags);
    return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string();
  }

 private:
  const std::string name_;
  const int file_;
};

TEST(Supervisor, HearsTheProtocolOfSdNotify) {
  SupervisorSocket socket;
  Supervisor supervisor(socket.name(), std::chrono::seconds(60));
  supervisor.note_ready();
  EXPECT_EQ(socket.next(), "READY=1");
  supervisor.note_alive();
  supervisor.note_alive();
  supervisor.note_stopping();
  EXPECT_EQ(socket.next(), "WATCHDOG=1");
  EXPECT_EQ(socket.next(), "STOPPING=1") << "alive is said twice per 60 s, not more often";
  Supervisor("", std::chrono::seconds(60)).note_ready();
  Supervisor(socket.name(), std::chrono::seconds(0)).note_alive();
  EXPECT_EQ(socket.next(MSG_DONTWAIT), "") << "who does not ask hears nothing";
}

TEST(Watchdog, EndsTheProcessForACallThatDoesNotReturn) {
  Watchdog::Pulses pulses;
  for (int i = 0; i < 2; ++i) pulses.push_back(std::make_unique<Pulse>());
  KeptLog log;
  Supervisor nobody("", std::chrono::seconds(0));
  std::promise<void> ended;
  const Pulse::Call call(*pulses[1], "sending offsets", Duration{20'000});
  const Watchdog watchdog(pulses, log, nobody, [&] { ended.set_value(); }, Duration{5'000});
  ASSERT_EQ(ended.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_NE(log.text.find("does not return"), std::string::npos) << log.text;
  EXPECT_NE(log.text.find("worker=1 call=sending offsets"), std::string::npos) << log.text;
}

TEST(Watchdog, TellsTheSupervisorOnlyWhileAllComeRound) {
  SupervisorSocket socket;
  Watchdog::Pulses pulses;
  pulses.push_back(std::make_unique<Pulse>());
  KeptLog log;
  Supervisor supervisor(socket.name(), std::chrono::milliseconds(2));
  pulses[0]->begin();
  pulses[0]->beat();
  (void)pulses[0]->look(second);
  (void)pulses[0]->look({60'000'001});
  {
    const Watchdog watchdog(pulses, log, supervisor, [] {}, Duration{1'000});
    const std::int64_t quiet_us = pulses[0]->quiet().microseconds;
    while (pulses[0]->quiet().microseconds < quiet_us + 20'000) std::this_thread::yield();  // it looked some times
    EXPECT_EQ(socket.next(MSG_DONTWAIT), "") << "a worker is missed";
    pulses[0]->beat();
    EXPECT_EQ(socket.next(), "WATCHDOG=1");
  }
  EXPECT_EQ(log.text, "");
}

}  // namespace
}  // namespace tallymill::processor
