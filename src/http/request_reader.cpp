#include "http/request_reader.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

namespace webtool::http {
namespace {

// The sizes that a connection keeps for the next request. Most requests fit.
constexpr std::size_t small_buffer = 4096;
constexpr std::size_t few_fields = 64;
// The buffer space after a head, through which the body is read.
constexpr std::size_t body_window = 1024;

}  // namespace

RequestReader::RequestReader(RequestParts& parts, std::size_t header_limit, std::size_t body_limit)
    : parts_(parts), header_limit_(header_limit), body_limit_(body_limit), buffer_(small_buffer) {}

boost::asio::mutable_buffer RequestReader::prepare() {
  if (phase_ == Phase::body) {
    begin_ = end_ = body_begin_;  // everything in the buffer has been read
  } else if (end_ == buffer_.size()) {
    make_room(unread().size() + 1);
  }
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

// Returns true if the head is complete; scanned_ is then at its empty line. Lines end with CRLF. No
// line may begin with a space, because Beast would join it with the previous line.
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
  if (const unsigned status = parse_head(unread().substr(0, scanned_), parts_, head_)) {
    return fail(status);
  }
  has_head_ = true;
  if (head_.content_length > body_limit_) return fail(413);
  begin_ += scanned_;
  body_begin_ = begin_;
  parts_.body.clear();
  chunks_.reset();
  if (head_.is_chunked) chunks_.emplace(body_limit_);
  phase_ = Phase::body;
}

void RequestReader::read_body() {
  bool is_complete = false;
  if (chunks_) {
    begin_ += chunks_->feed(unread(), parts_.body);
    if (chunks_->refused() != 0) return fail(chunks_->refused());
    is_complete = chunks_->is_complete();
  } else {
    const auto bytes = unread().substr(0, head_.content_length - parts_.body.size());
    parts_.body.append(bytes);
    begin_ += bytes.size();
    is_complete = parts_.body.size() == head_.content_length;
  }
  if (is_complete) phase_ = Phase::complete;
}

void RequestReader::finish() {
  phase_ = Phase::idle;
  has_head_ = false;
  scanned_ = 0;
  has_request_line_ = false;
  if (parts_.body.capacity() > small_buffer) std::string().swap(parts_.body);
  if (parts_.fields.capacity() > few_fields) parts_.fields = {};
  if (begin_ == end_) {
    begin_ = end_ = 0;
    if (buffer_.size() > small_buffer) buffer_ = std::vector<char>(small_buffer);
  }
}

bool RequestReader::take_expectation() noexcept {
  return phase_ == Phase::body && std::exchange(head_.expects_continue, false) &&
         end_ == body_begin_;
}

// Resizes the buffer so that it holds `size` bytes from begin_ on.
void RequestReader::make_room(std::size_t size) {
  const auto rest = unread();
  std::memmove(buffer_.data(), rest.data(), rest.size());
  begin_ = 0;
  end_ = rest.size();
  if (buffer_.size() >= size) return;
  buffer_.resize(std::max(std::min(buffer_.size() * 2, header_limit_ + body_window), size));
}

void RequestReader::fail(unsigned status) noexcept {
  phase_ = Phase::failed;
  status_ = status;
}

}  // namespace webtool::http
