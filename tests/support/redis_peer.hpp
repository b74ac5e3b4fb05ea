// A TCP server that behaves as a test tells it to, badly mostly: what a real redis-server never
// says on the wire.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <sys/socket.h>

#include <array>
#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace webtool::test {

class Peer {
 public:
  using tcp = boost::asio::ip::tcp;

  /// One connection, spoken to in plain blocking calls.
  class Talk {
   public:
    explicit Talk(tcp::socket& socket) : socket_(socket) {}

    /// What comes next; empty once the other side has gone.
    std::string read() {
      std::array<char, 65'536> buffer;
      boost::system::error_code ended;
      const std::size_t size = socket_.read_some(boost::asio::buffer(buffer), ended);
      return std::string(buffer.data(), size);
    }
    void write(std::string_view bytes) {
      boost::system::error_code ended;
      boost::asio::write(socket_, boost::asio::buffer(bytes), ended);
    }
    /// Says nothing until the other side gives up.
    void hang() {
      while (!read().empty()) continue;
    }

   private:
    tcp::socket& socket_;
  };

  /// Calls `script` for each connection in turn, numbered from 0; when it returns, the connection
  /// is closed.
  explicit Peer(std::function<void(Talk&, int)> script)
      : script_(std::move(script)), thread_([this] { serve(); }) {}
  ~Peer() {
    stop_ = true;
    ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
    thread_.join();
  }

  /// With no handshake, so that the first bytes are those of the first command.
  [[nodiscard]] std::string url() const {
    return "redis://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) +
           "?client_name=";
  }

 private:
  void serve() {
    for (int number = 0; !stop_; ++number) {
      tcp::socket socket(context_);
      boost::system::error_code error;
      acceptor_.accept(socket, error);
      if (error) return;
      Talk talk(socket);
      script_(talk, number);
    }
  }

  std::function<void(Talk&, int)> script_;
  std::atomic<bool> stop_ = false;
  boost::asio::io_context context_;
  tcp::acceptor acceptor_{context_, {boost::asio::ip::address_v4::loopback(), 0}};
  std::thread thread_;
};

}  // namespace webtool::test
