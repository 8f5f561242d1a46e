#include "processor/admin/admin_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>

#include "tests/unit/admin/admin_fixture.h"

namespace tallymill::processor {
namespace {

/// A plain client, so that any bytes can be sent. Waits at most five seconds for each answer.
class Connection {
 public:
  enum class Connect : std::uint8_t { now, later };

  explicit Connection(std::uint16_t port, Connect when = Connect::now)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), port_(port) {
    const timeval limit{5, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (when == Connect::now) connect();
  }
  ~Connection() { ::close(socket_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void connect() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  void send(std::string_view bytes) { (void)!::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  /// All that comes until the server closes.
  std::string read_all() {
    std::string text;
    std::array<char, 4096> block;
    for (ssize_t size = 1; size > 0;) {
      size = ::recv(socket_, block.data(), block.size(), 0);
      if (size > 0) text.append(block.data(), static_cast<std::size_t>(size));
      was_closed_ = size == 0 || (size < 0 && errno == ECONNRESET);
    }
    return text;
  }
  /// The last read ended because the server closed, not because nothing came for too long.
  bool was_closed() const { return was_closed_; }
  bool has_answer_within(std::chrono::milliseconds limit) const {
    pollfd waited{socket_, POLLIN, 0};
    const int ready = ::poll(&waited, 1, static_cast<int>(limit.count()));
    EXPECT_GE(ready, 0) << "poll itself failed";
    return ready > 0;
  }

 private:
  int socket_;
  std::uint16_t port_;
  bool was_closed_ = false;
};

class AdminServerTest : public AdminFixture {
 protected:
  void SetUp() override { restart({}); }
  void restart(ServerLimits limits) {
    server_.reset();
    auto started = AdminServer::start(parts(), limits);
    ASSERT_TRUE(started) << started.error().message;
    server_ = std::move(*started);
  }
  std::string ask(std::uint16_t port, const std::string& request) {
    Connection connection(port);
    connection.send(request);
    return connection.read_all();
  }
  static std::string get(const std::string& path, const std::string& host) {
    return "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
  }

  std::unique_ptr<AdminServer> server_;
};

TEST_F(AdminServerTest, AnswersGetAndHeadOnly) {
  const std::uint16_t port = server_->http_port();
  EXPECT_NE(ask(port, get("/livez?x=1", "anything")).find("200 OK"), std::string::npos);
  EXPECT_NE(ask(port, get("/livez", "anything")).find("\r\n\r\nlive\n"), std::string::npos);
  const std::string head = ask(port, "HEAD /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_NE(head.find("200 OK"), std::string::npos);
  EXPECT_EQ(head.find("live\n"), std::string::npos);
  const std::string post =
      ask(port, "POST /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx");
  EXPECT_NE(post.find("405 "), std::string::npos);
  EXPECT_NE(post.find("Allow: GET, HEAD"), std::string::npos);
  EXPECT_NE(ask(port, get("/tasks", "a")).find("404 "), std::string::npos);
}

TEST_F(AdminServerTest, OperatorsListenerOnLoopbackTakesLoopbackNamesOnly) {
  const std::uint16_t port = server_->admin_port();
  for (const char* host : {"localhost", "127.0.0.1:9465", "[::1]:9465", "[::1]"}) {
    EXPECT_NE(ask(port, get("/tasks", host)).find("200 OK"), std::string::npos) << host;
  }
  for (const char* host : {"evil.example", "localhost.evil.example:80", "", "127.0.0.1.evil.example"}) {
    EXPECT_NE(ask(port, get("/tasks", host)).find("403 "), std::string::npos) << host;
  }
}

TEST_F(AdminServerTest, OnlyPagesOfPeersMayReadWhatOperatorsSee) {
  config_.settings.admin_peers = {{"127.0.0.1", 9466}};
  restart({});
  const auto ask_from = [&](std::uint16_t port, const std::string& origin) {
    return ask(port, "GET /version HTTP/1.1\r\nHost: localhost\r\nOrigin: " + origin +
                         "\r\nConnection: close\r\n\r\n");
  };
  EXPECT_NE(ask_from(server_->admin_port(), "http://127.0.0.1:9466")
                .find("Access-Control-Allow-Origin: http://127.0.0.1:9466\r\n"),
            std::string::npos);
  for (const char* origin :
       {"http://127.0.0.1:94660", "https://127.0.0.1:9466", "http://127.0.0.1", "null", "*",
        "http://evil.example", "http://127.0.0.1:9466/", "http://127.0.0.1:9466.evil.example"}) {
    const std::string answer = ask_from(server_->admin_port(), origin);
    EXPECT_NE(answer.find("200 OK"), std::string::npos) << origin;
    EXPECT_EQ(answer.find("Access-Control"), std::string::npos) << origin;
    EXPECT_NE(answer.find("Vary: Origin"), std::string::npos) << origin;
  }
  EXPECT_EQ(ask_from(server_->http_port(), "http://127.0.0.1:9466").find("Access-Control"),
            std::string::npos);
  const std::string post =
      "POST /version HTTP/1.1\r\nHost: localhost\r\nOrigin: http://127.0.0.1:9466\r\n"
      "Connection: close\r\nContent-Length: 0\r\n\r\n";
  EXPECT_NE(ask(server_->admin_port(), post).find("405 "), std::string::npos);
}

TEST_F(AdminServerTest, ServesTheConsoleWithItsPolicy) {
  const std::string page = ask(server_->admin_port(), get("/console?x", "localhost"));
  EXPECT_NE(page.find("Content-Security-Policy: default-src 'self';"), std::string::npos)
      << page.substr(0, 600);
  EXPECT_NE(page.find("Cache-Control: no-store"), std::string::npos);
  EXPECT_NE(page.find("</html>"), std::string::npos);
  const std::string root = ask(server_->admin_port(), get("/", "localhost"));
  EXPECT_NE(root.find("302 Found"), std::string::npos);
  EXPECT_NE(root.find("Location: /console\r\n"), std::string::npos);
}

TEST_F(AdminServerTest, PipelinedRequestsAreAnsweredInTurn) {
  const std::string answers =
      ask(server_->http_port(), "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n" + get("/version", "a"));
  const std::size_t first = answers.find("live\n");
  ASSERT_NE(first, std::string::npos) << answers;
  EXPECT_NE(answers.find("\"topology\":\"admin\"", first), std::string::npos) << answers;
}

TEST_F(AdminServerTest, WhatIsTooLargeOrNoHttpEndsTheConnection) {
  const std::uint16_t port = server_->http_port();
  const std::string header = "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(200'000, 'x') + "\r\n\r\n";
  EXPECT_TRUE(ask(port, header).starts_with("HTTP/1.1 431 "));
  const std::string body =
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n" + std::string(200'000, 'x');
  EXPECT_TRUE(ask(port, body).starts_with("HTTP/1.1 413 "));
  EXPECT_TRUE(ask(port, "\x16\x03\x01 nonsense\r\n\r\n").starts_with("HTTP/1.1 400 "));
  EXPECT_NE(ask(port, get("/livez", "a")).find("200 OK"), std::string::npos) << "the server goes on";
}

TEST_F(AdminServerTest, MoreConnectionsThanAllowedAreClosedAndFreedOnesCount) {
  {
    std::vector<std::unique_ptr<Connection>> idle;
    for (int i = 0; i < 64; ++i) {
      idle.push_back(std::make_unique<Connection>(server_->http_port()));
      idle.back()->send("GET /livez HTTP/1.1\r\n");
    }
    EXPECT_EQ(ask(server_->http_port(), get("/livez", "a")), "");
    EXPECT_NE(ask(server_->admin_port(), get("/livez", "localhost")).find("200 OK"), std::string::npos)
        << "the operators' listener has its own";
  }
  std::string answer;
  for (int i = 0; i < 1'000 && answer.empty(); ++i) answer = ask(server_->http_port(), get("/livez", "a"));
  EXPECT_NE(answer.find("200 OK"), std::string::npos);
}

TEST_F(AdminServerTest, AClientThatIsSlowLosesItsConnection) {
  restart({std::chrono::milliseconds(50), 64});
  for (const char* part : {"", "GET /li", "GET /livez HTTP/1.1\r\nHost: a\r\n"}) {
    Connection slow(server_->http_port());
    slow.send(part);
    EXPECT_EQ(slow.read_all(), "") << part;
    EXPECT_TRUE(slow.was_closed()) << part;
  }
}

TEST_F(AdminServerTest, StopsWhileClientsAreConnected) {
  Connection idle(server_->http_port());
  idle.send("GET /livez HTTP/1.1\r\nHost: a\r\n\r\nGET /li");
  ASSERT_TRUE(idle.has_answer_within(std::chrono::seconds(5)));
  server_.reset();
  EXPECT_NE(idle.read_all().find("200 OK"), std::string::npos);
  EXPECT_TRUE(idle.was_closed());
}

TEST_F(AdminServerTest, WithoutDescriptorsItGoesOnOnceThereAreSome) {
  Connection waiting(server_->http_port(), Connection::Connect::later);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{1, before.rlim_max};  // poll itself refuses to work under a limit of 0
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  waiting.connect();
  waiting.send(get("/livez", "a"));
  const bool was_answered = waiting.has_answer_within(std::chrono::milliseconds(20));
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_FALSE(was_answered);
  EXPECT_NE(waiting.read_all().find("200 OK"), std::string::npos);
}

TEST_F(AdminServerTest, APortInUseIsNamedWithItsSetting) {
  config_.settings.admin.port = server_->admin_port();
  const auto second = AdminServer::start(parts());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, topology::ErrorCode::port_in_use);
  EXPECT_NE(second.error().message.find("admin.address 127.0.0.1:"), std::string::npos)
      << second.error().message;
}

}  // namespace
}  // namespace tallymill::processor
