#include "processor/admin/admin_server.h"

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <exception>
#include <optional>
#include <thread>

namespace tallymill::processor {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using topology::Error;
using topology::ErrorCode;
using topology::Result;

namespace {

constexpr std::uint32_t header_bytes_max = 8 * 1024;
constexpr std::uint64_t body_bytes_max = 64 * 1024;
/// Without descriptors every accept fails at once, and none is free sooner for trying without a pause.
constexpr std::chrono::milliseconds accept_pause{100};

/// "localhost:9465", "127.0.0.1", "[::1]:9465".
bool is_loopback_name(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  if (colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos)
    host = host.substr(0, colon);
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

/// What a request that could not be read is answered; 0: nobody is left to answer.
unsigned refusal_of(const boost::system::error_code& error) {
  if (error == http::error::header_limit) return 431;
  if (error == http::error::body_limit) return 413;
  if (error == http::error::end_of_stream || error == http::error::partial_message) return 0;
  return error.category() == http::make_error_code(http::error::bad_method).category() ? 400 : 0;
}

/// One connection more, for as long as this lives.
class CountedConnection {
 public:
  explicit CountedConnection(std::size_t& count) : count_(count) { ++count_; }
  ~CountedConnection() { --count_; }
  CountedConnection(const CountedConnection&) = delete;
  CountedConnection& operator=(const CountedConnection&) = delete;

 private:
  std::size_t& count_;
};

}  // namespace

class AdminServer::Implementation {
 public:
  Implementation(const ServedParts& parts, ServerLimits limits)
      : parts_(parts), limits_(limits), routes_(parts) {}

  ~Implementation() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  topology::Status open() {
    const EngineSettings& settings = parts_.config.settings;
    if (auto status = listen(http_, settings.http, "http.address"); !status) return status;
    if (auto status = listen(admin_, settings.admin, "admin.address"); !status) return status;
    checks_host_ = admin_->local_endpoint().address().is_loopback();
    spawn(accept(*http_, Audience::everyone, http_connections_));
    spawn(accept(*admin_, Audience::operators, admin_connections_));
    thread_ = std::thread([this] { io_.run(); });
    parts_.log.write(Severity::info, "serving HTTP",
                     {{"http", address_of(*http_)}, {"admin", address_of(*admin_)}});
    return {};
  }

  std::uint16_t http_port() const { return http_->local_endpoint().port(); }
  std::uint16_t admin_port() const { return admin_->local_endpoint().port(); }

 private:
  using Request = http::request<http::string_body>;
  using Reply = http::response<http::string_body>;

  static std::string address_of(const tcp::acceptor& acceptor) {
    const tcp::endpoint endpoint = acceptor.local_endpoint();
    return endpoint.address().to_string() + ":" + std::to_string(endpoint.port());
  }

  topology::Status listen(std::optional<tcp::acceptor>& acceptor, const ListenerSettings& listener,
                          std::string_view setting) {
    const std::string text = listener.host + ":" + std::to_string(listener.port);
    boost::system::error_code error;
    const auto resolved = tcp::resolver(io_).resolve(listener.host, std::to_string(listener.port),
                                                     tcp::resolver::passive, error);
    if (error || resolved.empty()) {
      return Error{ErrorCode::invalid_value,
                   std::string(setting) + " " + text + " is no address: " + error.message(),
                   "write an address of this machine, such as 127.0.0.1:9464"};
    }
    const tcp::endpoint endpoint = resolved.begin()->endpoint();
    acceptor.emplace(io_);
    acceptor->open(endpoint.protocol(), error);
    if (!error) acceptor->set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor->bind(endpoint, error);
    if (!error) acceptor->listen(tcp::acceptor::max_listen_connections, error);
    if (!error) return {};
    if (error == asio::error::address_in_use) {
      return Error{ErrorCode::port_in_use,
                   std::string(setting) + " " + text + " is in use by another process",
                   "stop it, or set " + std::string(setting) + " to another port (0: any free one)"};
    }
    return Error{ErrorCode::invalid_value,
                 std::string(setting) + " " + text + " cannot be listened at: " + error.message(),
                 "write an address of this machine that this user may use"};
  }

  /// What a connection throws, such as bad_alloc, ends that connection and not the process.
  void spawn(asio::awaitable<void> coroutine) {
    asio::co_spawn(io_, std::move(coroutine), [this](const std::exception_ptr& failure) {
      if (failure) parts_.log.write(Severity::error, "serving HTTP failed unexpectedly");
    });
  }

  asio::awaitable<void> accept(tcp::acceptor& acceptor, Audience audience, std::size_t& connections) {
    asio::steady_timer pause(io_);
    while (true) {
      boost::system::error_code error;
      tcp::socket socket = co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
      if (error) {
        pause.expires_after(accept_pause);
        co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
      } else if (connections < limits_.connections_max) {
        spawn(serve(beast::tcp_stream(std::move(socket)), audience, connections));
      }
    }
  }

  asio::awaitable<void> serve(beast::tcp_stream stream, Audience audience, std::size_t& connections) {
    const CountedConnection counted(connections);
    beast::flat_buffer buffer(header_bytes_max + body_bytes_max);
    boost::system::error_code error;
    bool goes_on = true;
    while (goes_on) {
      http::request_parser<http::string_body> parser;
      parser.header_limit(header_bytes_max);
      parser.body_limit(body_bytes_max);
      stream.expires_after(limits_.connection_timeout);
      co_await http::async_read(stream, buffer, parser, asio::redirect_error(asio::use_awaitable, error));
      if (error) break;
      Reply reply = answer(parser.get(), audience);
      goes_on = reply.keep_alive();
      stream.expires_after(limits_.connection_timeout);
      if (parser.get().method() == http::verb::head) {
        http::response<http::empty_body> head(reply.base());
        co_await http::async_write(stream, head, asio::redirect_error(asio::use_awaitable, error));
      } else {
        co_await http::async_write(stream, reply, asio::redirect_error(asio::use_awaitable, error));
      }
      if (error) break;
    }
    if (const unsigned status = error ? refusal_of(error) : 0; status != 0) co_await refuse(stream, status);
    stream.socket().shutdown(tcp::socket::shutdown_both, error);
  }

  /// Answers what was read only in part, and reads the rest: closing before makes the system reset the
  /// connection, and the client would not see the answer.
  asio::awaitable<void> refuse(beast::tcp_stream& stream, unsigned status) {
    constexpr unsigned http_1_1 = 11;
    Reply reply = reply_of({status, "text/plain", "the request is no HTTP, or too large\n"}, http_1_1);
    reply.keep_alive(false);
    reply.prepare_payload();
    boost::system::error_code error;
    stream.expires_after(limits_.connection_timeout);
    co_await http::async_write(stream, reply, asio::redirect_error(asio::use_awaitable, error));
    if (!error) stream.socket().shutdown(tcp::socket::shutdown_send, error);
    std::array<char, 4096> rest;
    while (!error) {
      co_await stream.async_read_some(asio::buffer(rest), asio::redirect_error(asio::use_awaitable, error));
    }
  }

  Reply answer(const Request& request, Audience audience) const {
    Response response;
    const bool is_get = request.method() == http::verb::get || request.method() == http::verb::head;
    const std::string_view host = request[http::field::host];
    if (audience == Audience::operators && checks_host_ && !is_loopback_name(host)) {
      response = {403, "text/plain", "the Host header names another machine\n"};
    } else if (!is_get) {
      response = {405, "text/plain", "only GET and HEAD\n"};
    } else {
      const std::string_view target = request.target();
      response = routes_.get(audience, target.substr(0, target.find('?')));
    }
    Reply reply = reply_of(std::move(response), request.version());
    if (audience == Audience::operators) allow_origin(request, reply);
    if (!is_get) reply.set(http::field::allow, "GET, HEAD");
    reply.keep_alive(request.keep_alive());
    reply.prepare_payload();
    return reply;
  }

  /// The console of another instance may read what this one answers; nobody else's page may.
  void allow_origin(const Request& request, Reply& reply) const {
    reply.set(http::field::vary, "Origin");
    const std::string_view origin = request[http::field::origin];
    if (routes_.may_read_from(origin)) reply.set(http::field::access_control_allow_origin, origin);
  }

  static Reply reply_of(Response response, unsigned version) {
    Reply reply(static_cast<http::status>(response.status), version, std::move(response.body));
    reply.set(http::field::content_type, response.content_type);
    reply.set(http::field::cache_control, "no-store");
    reply.set("X-Content-Type-Options", "nosniff");
    for (const auto& [name, value] : response.headers) reply.set(name, value);
    return reply;
  }

  const ServedParts parts_;
  const ServerLimits limits_;
  const Routes routes_;
  // Before io_, whose end drops the connections that are still open. Only the server's thread counts.
  std::size_t http_connections_ = 0;
  std::size_t admin_connections_ = 0;
  asio::io_context io_{1};
  std::optional<tcp::acceptor> http_;
  std::optional<tcp::acceptor> admin_;
  bool checks_host_ = false;
  std::thread thread_;
};

Result<std::unique_ptr<AdminServer>> AdminServer::start(const ServedParts& parts, ServerLimits limits) {
  auto implementation = std::make_unique<Implementation>(parts, limits);
  if (const auto status = implementation->open(); !status) return status.error();
  return std::unique_ptr<AdminServer>(new AdminServer(std::move(implementation)));
}

AdminServer::AdminServer(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}
AdminServer::~AdminServer() = default;
std::uint16_t AdminServer::http_port() const { return implementation_->http_port(); }
std::uint16_t AdminServer::admin_port() const { return implementation_->admin_port(); }

}  // namespace tallymill::processor
