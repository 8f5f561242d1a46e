#include "processor/admin/admin_server.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
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
constexpr std::size_t connections_max = 64;
constexpr std::chrono::seconds connection_timeout{10};

/// "localhost:9465", "127.0.0.1", "[::1]:9465".
bool is_loopback_name(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  if (colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos)
    host = host.substr(0, colon);
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

}  // namespace

class AdminServer::Implementation {
 public:
  explicit Implementation(const ServedParts& parts) : parts_(parts), routes_(parts) {}

  ~Implementation() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  topology::Status open() {
    const EngineSettings& settings = parts_.config.settings;
    if (auto status = listen(http_, settings.http, "http.address"); !status) return status;
    if (auto status = listen(admin_, settings.admin, "admin.address"); !status) return status;
    checks_host_ = admin_->local_endpoint().address().is_loopback();
    asio::co_spawn(io_, accept(*http_, Audience::everyone), asio::detached);
    asio::co_spawn(io_, accept(*admin_, Audience::operators), asio::detached);
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

  asio::awaitable<void> accept(tcp::acceptor& acceptor, Audience audience) {
    while (true) {
      boost::system::error_code error;
      tcp::socket socket = co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
      // Out of descriptors or the like: the next one may work. More than enough connections are closed at
      // once.
      if (error || connections_ >= connections_max) continue;
      asio::co_spawn(io_, serve(beast::tcp_stream(std::move(socket)), audience), asio::detached);
    }
  }

  asio::awaitable<void> serve(beast::tcp_stream stream, Audience audience) {
    ++connections_;
    beast::flat_buffer buffer(header_bytes_max + body_bytes_max);
    boost::system::error_code error;
    while (!error) {
      http::request_parser<http::string_body> parser;
      parser.header_limit(header_bytes_max);
      parser.body_limit(body_bytes_max);
      stream.expires_after(connection_timeout);
      co_await http::async_read(stream, buffer, parser, asio::redirect_error(asio::use_awaitable, error));
      if (error) break;
      Reply reply = answer(parser.get(), audience);
      const bool goes_on = reply.keep_alive();
      stream.expires_after(connection_timeout);
      if (parser.get().method() == http::verb::head) {
        http::response<http::empty_body> head(reply.base());
        co_await http::async_write(stream, head, asio::redirect_error(asio::use_awaitable, error));
      } else {
        co_await http::async_write(stream, reply, asio::redirect_error(asio::use_awaitable, error));
      }
      if (!goes_on) break;
    }
    stream.socket().shutdown(tcp::socket::shutdown_both, error);
    --connections_;
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
    Reply reply(static_cast<http::status>(response.status), request.version(), std::move(response.body));
    reply.set(http::field::content_type, response.content_type);
    reply.set(http::field::cache_control, "no-store");
    reply.set("X-Content-Type-Options", "nosniff");
    if (!is_get) reply.set(http::field::allow, "GET, HEAD");
    reply.keep_alive(request.keep_alive());
    reply.prepare_payload();
    return reply;
  }

  const ServedParts parts_;
  const Routes routes_;
  asio::io_context io_{1};
  std::optional<tcp::acceptor> http_;
  std::optional<tcp::acceptor> admin_;
  bool checks_host_ = false;
  std::size_t connections_ = 0;  ///< of both listeners; only the server's thread counts
  std::thread thread_;
};

Result<std::unique_ptr<AdminServer>> AdminServer::start(const ServedParts& parts) {
  auto implementation = std::make_unique<Implementation>(parts);
  if (const auto status = implementation->open(); !status) return status.error();
  return std::unique_ptr<AdminServer>(new AdminServer(std::move(implementation)));
}

AdminServer::AdminServer(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}
AdminServer::~AdminServer() = default;
std::uint16_t AdminServer::http_port() const { return implementation_->http_port(); }
std::uint16_t AdminServer::admin_port() const { return implementation_->admin_port(); }

}  // namespace tallymill::processor
