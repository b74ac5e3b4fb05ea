// Takes the chunked coding (RFC 9112 §7.1) off a body, in pieces of any size. Beast has this too,
// but in Boost 1.81 it fails an assertion on some valid bodies that come in pieces. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace webtool::http {

class ChunkDecoder {
 public:
  /// For a body of at most `body_limit` bytes.
  explicit ChunkDecoder(std::size_t body_limit) : body_left_(body_limit) {}

  /// Appends to `body` what `bytes` has of it, and returns how much of `bytes` was read: all,
  /// unless the body is complete or refused. Extensions and trailers are passed over.
  std::size_t feed(std::string_view bytes, std::string& body);

  [[nodiscard]] bool is_complete() const noexcept { return is_complete_; }
  /// The status to refuse the request with, or 0.
  [[nodiscard]] unsigned refused() const noexcept { return refused_; }

 private:
  // What comes next.
  enum class Next {
    size,
    blank_after_size,
    extension,
    size_newline,
    data,
    data_return,
    data_newline,
    trailer,
    rest_of_trailer,
    trailer_newline,
    last_newline
  };

  void read(char c);
  void read_size(char c);
  void read_blank(char c);
  void pass_over(char c, Next at_return);
  void take(char c, char expected, Next next);
  void refuse(unsigned status) noexcept { refused_ = status; }

  Next next_ = Next::size;
  std::size_t chunk_left_ = 0;
  std::size_t body_left_;
  unsigned digits_ = 0;
  std::size_t passed_over_ = 0;
  bool is_complete_ = false;
  unsigned refused_ = 0;
};

}  // namespace webtool::http
