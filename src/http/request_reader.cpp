#include "http/request_reader.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

namespace webtool::http {
namespace {

// What a connection keeps while it idles. Most requests fit.
constexpr std::size_t small_buffer = 4096;
// Room behind a head for its body to pass through. A chunk's first line, and all trailers
// together, have to fit in it.
constexpr std::size_t body_window = 1024;
// "0\r\n\r\n", and there is never less to come while a chunked body goes on. Given less, the parser
// of Boost 1.81 may fail an assertion.
constexpr std::size_t shortest_chunked_body = 5;

}  // namespace

RequestReader::RequestReader(RequestParts& parts, std::size_t header_limit, std::size_t body_limit)
    : parts_(parts), header_limit_(header_limit), body_limit_(body_limit), buffer_(small_buffer) {}

boost::asio::mutable_buffer RequestReader::prepare() {
  if (end_ == buffer_.size()) make_room(unread().size() + 1);
  return boost::asio::buffer(buffer_) + end_;
}

RequestReader::Phase RequestReader::advance() {
  if (phase_ == Phase::idle) {
    while (unread().starts_with("\r\n")) begin_ += 2;  // RFC 9112 §2.2
    if (!unread().empty() && unread() != "\r") phase_ = Phase::head;
  }
  if (phase_ == Phase::head && find_end_of_head()) read_head();
  if (phase_ == Phase::body) read_body();
  return phase_;
}

// Whether the head is there up to its empty line, which is at scanned_ then. Lines end in CRLF, and
// none may begin with a space: Beast would join such a line to the one before.
bool RequestReader::find_end_of_head() {
  const auto head = unread();
  for (;;) {
    const auto newline = head.find('\n', scanned_);
    const bool is_in_bounds = std::min(newline, head.size()) <= header_limit_;
    if (newline == std::string_view::npos || !is_in_bounds) {
      scanned_ = head.size();
      if (scanned_ > header_limit_) fail(has_request_line_ ? 431 : 414);
      return false;
    }
    if (newline == 0 || head[newline - 1] != '\r') return fail(400), false;
    has_request_line_ = true;
    scanned_ = newline;
    const auto next = head.substr(newline + 1, 2);
    if (next.empty() || next == "\r") return false;
    if (next == "\r\n") {
      scanned_ = newline + 3;
      if (scanned_ > header_limit_) fail(431);
      return phase_ == Phase::head;
    }
    if (next[0] == ' ' || next[0] == '\t' || next[0] == '\r') return fail(400), false;
    ++scanned_;
  }
}

void RequestReader::read_head() {
  if (buffer_.size() - begin_ < scanned_ + body_window) make_room(scanned_ + body_window);
  const auto head = unread().substr(0, scanned_);
  parser_.emplace(parts_, body_limit_);
  begin_ += parser_->feed(head);
  body_begin_ = begin_;
  if (parser_->failed() != 0) return fail(parser_->failed());
  if (!parser_->is_header_done()) return fail(400);
  keep_alive_ = parser_->keep_alive();
  expectation_ = parser_->expects_continue();
  phase_ = parser_->is_done() ? Phase::complete : Phase::body;
}

void RequestReader::read_body() {
  if (parser_->chunked() && begin_ == body_begin_ && unread().size() < shortest_chunked_body)
    return;
  begin_ += parser_->feed(unread());
  if (parser_->failed() != 0) return fail(parser_->failed());
  if (parser_->is_done()) {
    phase_ = Phase::complete;
  } else if (unread().size() >= body_window) {
    fail(400);
  }
}

void RequestReader::finish() {
  parser_.reset();
  phase_ = Phase::idle;
  scanned_ = 0;
  has_request_line_ = false;
  if (parts_.body.capacity() > small_buffer) std::string().swap(parts_.body);
  if (begin_ == end_) {
    begin_ = end_ = 0;
    if (buffer_.size() > small_buffer) std::vector<char>(small_buffer).swap(buffer_);
  }
}

bool RequestReader::take_expectation() noexcept {
  return std::exchange(expectation_, false) && phase_ == Phase::body && parts_.body.empty() &&
         unread().empty();
}

// Makes the buffer hold `size` bytes from begin_ on.
void RequestReader::make_room(std::size_t size) {
  const std::size_t front = phase_ == Phase::body ? body_begin_ : 0;
  const auto rest = unread();
  std::memmove(buffer_.data() + front, rest.data(), rest.size());
  begin_ = front;
  end_ = front + rest.size();
  if (buffer_.size() >= begin_ + size) return;
  const auto doubled = std::min(buffer_.size() * 2, header_limit_ + body_window);
  buffer_.resize(std::max(doubled, begin_ + size));
}

void RequestReader::fail(unsigned status) noexcept {
  phase_ = Phase::failed;
  status_ = status;
}

}  // namespace webtool::http
