// Turns bytes into requests, without a socket. It owns the connection's input buffer, its limits,
// and the current position in a request.
#pragma once

#include <boost/asio/buffer.hpp>

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "http/chunks.hpp"
#include "http/head.hpp"

namespace webtool::http {

class RequestReader {
 public:
  /// The current phase. In `head` at least one byte of a request has arrived.
  enum class Phase { idle, head, body, complete, failed };

  RequestReader(RequestParts& parts, std::size_t header_limit, std::size_t body_limit);

  /// prepare() returns the memory for the next bytes. commit() adds the bytes stored there.
  [[nodiscard]] boost::asio::mutable_buffer prepare();
  void commit(std::size_t size) noexcept { end_ += size; }

  /// Parses the bytes that have arrived. After `complete` the request is in the parts until
  /// finish(). After `failed` no request follows.
  Phase advance();
  [[nodiscard]] Phase phase() const noexcept { return phase_; }

  /// Prepares for the next request, which may already be in the buffer.
  void finish();

  /// Returns true once, if the client waits for permission to send the body
  /// (`Expect: 100-continue`).
  [[nodiscard]] bool take_expectation() noexcept;

  /// The status of the refusal of a failed request.
  [[nodiscard]] unsigned status() const noexcept { return status_; }
  /// True if the parts hold the head of the current request.
  [[nodiscard]] bool has_head() const noexcept { return has_head_; }
  /// These describe the complete request.
  [[nodiscard]] bool is_http11() const noexcept { return head_.is_http11; }
  [[nodiscard]] bool keep_alive() const noexcept { return head_.keep_alive; }

 private:
  [[nodiscard]] std::string_view unread() const noexcept {
    return {buffer_.data() + begin_, end_ - begin_};
  }
  bool find_end_of_head();
  void read_head();
  void read_body();
  void make_room(std::size_t size);
  void fail(unsigned status) noexcept;

  RequestParts& parts_;
  const std::size_t header_limit_;
  const std::size_t body_limit_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;       // the start of the unread bytes
  std::size_t end_ = 0;         // the end of the unread bytes
  std::size_t scanned_ = 0;     // the scanned part of the head; finally its size
  std::size_t body_begin_ = 0;  // the head before it must not move during its request
  bool has_request_line_ = false;
  bool has_head_ = false;
  Phase phase_ = Phase::idle;
  unsigned status_ = 0;
  Head head_;
  std::optional<ChunkDecoder> chunks_;  // only if the body is chunked
};

}  // namespace webtool::http
