// From bytes to requests, without a socket: the connection's input buffer, the limits on it, and
// where in a request the reading stands.
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
  /// Where the reading stands. In `head` at least a byte of a request has come.
  enum class Phase { idle, head, body, complete, failed };

  RequestReader(RequestParts& parts, std::size_t header_limit, std::size_t body_limit);

  /// Where the next bytes go, and how many of them have been put there.
  [[nodiscard]] boost::asio::mutable_buffer prepare();
  void commit(std::size_t size) noexcept { end_ += size; }

  /// Reads on in what there is. With `complete` the request is in the parts; it stays until
  /// finish(). With `failed` there will be no further one.
  Phase advance();
  [[nodiscard]] Phase phase() const noexcept { return phase_; }

  /// Makes room for the next request, which may be in the buffer already.
  void finish();

  /// True once, when the client waits for leave to send the body (`Expect: 100-continue`).
  [[nodiscard]] bool take_expectation() noexcept;

  /// The status to refuse a failed request with.
  [[nodiscard]] unsigned status() const noexcept { return status_; }
  /// Whether the parts hold the head of the present request.
  [[nodiscard]] bool has_head() const noexcept { return has_head_; }
  /// Of the request that is complete.
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
  std::size_t begin_ = 0;    // what has come and was not read yet is from here
  std::size_t end_ = 0;      // to here
  std::size_t scanned_ = 0;  // of the head, so that a byte is looked at once; in the end, its size
  std::size_t body_begin_ = 0;  // the head before it stays where it is while its request lives
  bool has_request_line_ = false;
  bool has_head_ = false;
  Phase phase_ = Phase::idle;
  unsigned status_ = 0;
  Head head_;
  std::optional<ChunkDecoder> chunks_;  // where the body is chunked
};

}  // namespace webtool::http
