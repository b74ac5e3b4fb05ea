// Stands between a client and a real redis-server, and loses one command, or one reply, when told
// to; the connection ends with it. For clients that send one command at a time.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <string>
#include <thread>

namespace webtool::test {

class LossyProxy {
 public:
  explicit LossyProxy(std::uint16_t server_port)
      : server_port_(server_port), thread_([this] { serve(); }) {}
  ~LossyProxy() {
    stop_ = true;
    ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
    thread_.join();
  }

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  /// Without a handshake, so that the first command is that of the test.
  [[nodiscard]] std::string url() const {
    return "redis://127.0.0.1:" + std::to_string(port()) + "?client_name=";
  }

  /// The `nth` command from now on is lost, or with `after` its reply.
  void arm(int nth, bool after) {
    after_ = after;
    countdown_ = nth;
  }
  void disarm() { countdown_ = 0; }
  [[nodiscard]] bool struck() const { return countdown_ < 0; }

 private:
  using tcp = boost::asio::ip::tcp;
  using Buffer = std::array<char, 65'536>;

  void serve() {
    while (!stop_) {
      tcp::socket client(context_);
      boost::system::error_code error;
      acceptor_.accept(client, error);
      if (error) return;
      tcp::socket server(context_);
      server.connect({boost::asio::ip::address_v4::loopback(), server_port_}, error);
      while (!error && !stop_ && pass_on_one(client, server)) {
      }
    }
  }

  // A command and its reply. False where the connection has ended, or is to.
  bool pass_on_one(tcp::socket& client, tcp::socket& server) {
    if (!readable(client)) return !stop_;
    const auto command = read(client);
    if (command.empty()) return false;
    const bool fails = counts_down();
    if (fails && !after_) return false;
    boost::system::error_code error;
    boost::asio::write(server, boost::asio::buffer(command), error);
    const auto reply = read(server);
    if (fails || error || reply.empty()) return false;
    boost::asio::write(client, boost::asio::buffer(reply), error);
    return !error;
  }

  // Waits a little, so that the end of the test is noticed.
  static bool readable(tcp::socket& socket) {
    pollfd waits{socket.native_handle(), POLLIN, 0};
    return ::poll(&waits, 1, 20) > 0;
  }

  std::string read(tcp::socket& socket) {
    boost::system::error_code error;
    const auto size = socket.read_some(boost::asio::buffer(buffer_), error);
    return {buffer_.data(), size};
  }

  bool counts_down() {
    if (countdown_ <= 0) return false;
    if (--countdown_ > 0) return false;
    countdown_ = -1;
    return true;
  }

  const std::uint16_t server_port_;
  std::atomic<int> countdown_{0};
  std::atomic<bool> after_{false};
  std::atomic<bool> stop_{false};
  Buffer buffer_{};
  boost::asio::io_context context_;
  tcp::acceptor acceptor_{context_, {boost::asio::ip::address_v4::loopback(), 0}};
  std::thread thread_;
};

}  // namespace webtool::test
