#include "http/chunks.hpp"

#include "http/text.hpp"

namespace webtool::http {
namespace {

// Extensions and trailers are not used, so only a few bytes of them are accepted.
constexpr std::size_t max_passed_over = 4096;
constexpr unsigned max_digits = 16;

}  // namespace

std::size_t ChunkDecoder::feed(std::string_view bytes, std::string& body) {
  std::size_t used = 0;
  while (used < bytes.size() && !is_complete_ && refused_ == 0) {
    if (next_ != Next::data) {
      read(bytes[used++]);
      continue;
    }
    const auto data = bytes.substr(used, chunk_left_);
    body.append(data);
    used += data.size();
    chunk_left_ -= data.size();
    if (chunk_left_ == 0) next_ = Next::data_return;
  }
  return used;
}

void ChunkDecoder::read(char c) {
  switch (next_) {
    case Next::size:
      return read_size(c);
    case Next::blank_after_size:
      return read_blank(c);
    case Next::extension:
      return pass_over(c, Next::size_newline);
    case Next::size_newline:
      digits_ = 0;
      body_left_ -= chunk_left_;
      return take(c, '\n', chunk_left_ == 0 ? Next::trailer : Next::data);
    case Next::data:
      return;  // feed() takes it
    case Next::data_return:
      return take(c, '\r', Next::data_newline);
    case Next::data_newline:
      return take(c, '\n', Next::size);
    case Next::trailer:
      if (c == '\r') return take(c, '\r', Next::last_newline);
      next_ = Next::rest_of_trailer;
      [[fallthrough]];
    case Next::rest_of_trailer:
      return pass_over(c, Next::trailer_newline);
    case Next::trailer_newline:
      return take(c, '\n', Next::trailer);
    case Next::last_newline:
      is_complete_ = c == '\n';
      return take(c, '\n', Next::last_newline);
  }
}

void ChunkDecoder::read_size(char c) {
  const int digit = hex_value(c);
  if (digit < 0) {
    if (digits_ == 0) return refuse(400);
    if (c == ';' || is_blank(c)) return read_blank(c);
    return take(c, '\r', Next::size_newline);
  }
  if (++digits_ > max_digits) return refuse(400);
  if (chunk_left_ > body_left_ / 16) return refuse(413);
  chunk_left_ = chunk_left_ * 16 + static_cast<unsigned>(digit);
  if (chunk_left_ > body_left_) return refuse(413);
}

// RFC 9112 §7.1.1 allows blanks only before an extension.
void ChunkDecoder::read_blank(char c) {
  if (!is_blank(c)) return take(c, ';', Next::extension);
  next_ = Next::blank_after_size;
  if (++passed_over_ > max_passed_over) refuse(400);
}

// Skips a byte of an extension or a trailer.
void ChunkDecoder::pass_over(char c, Next at_return) {
  if (c == '\r') {
    next_ = at_return;
  } else if (is_control(c) || ++passed_over_ > max_passed_over) {
    refuse(400);
  }
}

void ChunkDecoder::take(char c, char expected, Next next) {
  if (c != expected) return refuse(400);
  next_ = next;
}

}  // namespace webtool::http
