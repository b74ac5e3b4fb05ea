// A client that does exactly what it is told, byte by byte, and reads answers with a parser that is
// not the server's. Everything blocks, and gives up after a long while rather than hang.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace webtool::test {

struct Reply {
  unsigned status = 0;
  std::map<std::string, std::string> fields{};  ///< by name in lower case
  std::string body{};

  [[nodiscard]] std::string field(const std::string& name) const {
    const auto found = fields.find(name);
    return found == fields.end() ? std::string() : found->second;
  }
};

enum class ReplyTo { get, head };

class Client {
 public:
  explicit Client(std::uint16_t port);
  Client(Client&& other) noexcept;
  ~Client();

  /// False where the server has closed already.
  bool send(std::string_view bytes);
  /// Sends no more, but still reads.
  void finish_sending();
  /// Closes with a reset, leaving behind what has come.
  void abort();

  /// The next answer. Throws std::runtime_error where none comes, or none that is well-formed.
  Reply receive(ReplyTo method = ReplyTo::get);
  /// send() and receive().
  Reply ask(std::string_view bytes);
  /// What comes until the server closes; nothing where it does not.
  std::optional<std::string> receive_to_end();
  /// Whether the server closes without a further byte.
  bool is_closed() { return receive_to_end() == ""; }
  /// Whether there is something to read, or the end, right now.
  [[nodiscard]] bool has_input() const;
  /// Waits for the server to break off the connection, reading nothing.
  bool wait_for_reset();

 private:
  bool read_some();

  int socket_;
  std::string unread_;
};

/// `GET target`, HTTP/1.1, with these further header lines.
std::string get(std::string_view target, std::string_view more_lines = {});
/// `POST target` with a Content-Length.
std::string post(std::string_view target, std::string_view body);

}  // namespace webtool::test
