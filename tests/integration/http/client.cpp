#include "client.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace webtool::test {
namespace {

namespace beast = boost::beast;
constexpr int patience_ms = 30'000;

[[noreturn]] void throw_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

Client::Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (socket_ < 0) throw_errno("socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    const int error = errno;
    ::close(socket_);
    errno = error;
    throw_errno("connect");
  }
  const int on = 1;  // each send() is to arrive by itself
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Client::Client(Client&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), unread_(std::move(other.unread_)) {}

Client::~Client() {
  if (socket_ >= 0) ::close(socket_);
}

bool Client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto size = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size < 0 && (errno == EPIPE || errno == ECONNRESET)) return false;
    if (size < 0) throw_errno("send");
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

void Client::finish_sending() {
  ::shutdown(socket_, SHUT_WR);
}

void Client::abort() {
  const linger now{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  ::close(std::exchange(socket_, -1));
}

// False at the end. A reset is an end too: what matters is what was read before.
bool Client::read_some() {
  pollfd waiting{socket_, POLLIN, 0};
  if (::poll(&waiting, 1, patience_ms) == 0) throw std::runtime_error("the server keeps silent");
  std::array<char, 65536> bytes;
  const auto size = ::recv(socket_, bytes.data(), bytes.size(), 0);
  if (size < 0 && errno != ECONNRESET) throw_errno("recv");
  if (size <= 0) return false;
  unread_.append(bytes.data(), static_cast<std::size_t>(size));
  return true;
}

Reply Client::receive(ReplyTo method) {
  beast::http::response_parser<beast::http::string_body> parser;
  parser.body_limit(boost::none);
  parser.skip(method == ReplyTo::head);
  parser.eager(true);
  while (!parser.is_done()) {
    if (unread_.empty() && !read_some()) throw std::runtime_error("closed before an answer's end");
    beast::error_code error;
    const auto used = parser.put(boost::asio::buffer(unread_), error);
    unread_.erase(0, used);
    if (error == beast::http::error::need_more) {
      if (!read_some()) throw std::runtime_error("closed within an answer");
    } else if (error) {
      throw std::runtime_error("malformed answer: " + error.message());
    }
  }
  Reply reply{.status = parser.get().result_int(), .body = std::move(parser.get().body())};
  for (const auto& field : parser.get()) {
    std::string name(field.name_string());
    for (char& c : name) c = static_cast<char>(std::tolower(c));
    reply.fields[name] = std::string(field.value());
  }
  return reply;
}

Reply Client::ask(std::string_view bytes) {
  send(bytes);
  return receive();
}

std::optional<std::string> Client::receive_to_end() {
  try {
    while (read_some()) {
    }
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
  return std::exchange(unread_, {});
}

bool Client::has_input() const {
  pollfd now{socket_, POLLIN, 0};
  return !unread_.empty() || ::poll(&now, 1, 0) == 1;
}

bool Client::wait_for_reset() {
  pollfd waiting{socket_, 0, 0};  // POLLERR and POLLHUP are always told
  return ::poll(&waiting, 1, patience_ms) == 1;
}

std::string get(std::string_view target, std::string_view more_lines) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: test\r\n" + std::string(more_lines) +
         "\r\n";
}

std::string post(std::string_view target, std::string_view body) {
  return "POST " + std::string(target) +
         " HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

}  // namespace webtool::test
