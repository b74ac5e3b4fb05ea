// Decodes a chunked body (RFC 9112 §7.1) in pieces of any size, without I/O. Beast's decoder is not
// used, because in Boost 1.81 it fails an assertion on some valid bodies that arrive in pieces.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace webtool::http {

class ChunkDecoder {
 public:
  /// For a body of at most `body_limit` bytes.
  explicit ChunkDecoder(std::size_t body_limit) : body_left_(body_limit) {}

  /// Decodes `bytes` and appends the result to `body`. Returns the number of bytes read, which is
  /// less than all only if the body is complete or refused. Ignores extensions and trailers.
  std::size_t feed(std::string_view bytes, std::string& body);

  [[nodiscard]] bool is_complete() const noexcept { return is_complete_; }
  /// The status of the refusal, or 0.
  [[nodiscard]] unsigned refused() const noexcept { return refused_; }

 private:
  // The part of the coding that comes next.
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
