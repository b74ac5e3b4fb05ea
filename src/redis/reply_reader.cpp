#include "redis/reply_reader.hpp"

#include <algorithm>
#include <charconv>
#include <new>
#include <optional>

namespace webtool::redis {
namespace {

// The first byte of a line is the type of a value. A server sends the types of RESP3 only to a
// client that says HELLO 3, which this client does not do.
constexpr char status = '+';
constexpr char error = '-';
constexpr char integer = ':';
constexpr char text = '$';
constexpr char array = '*';

bool is_type(char byte) {
  return byte == status || byte == error || byte == integer || byte == text || byte == array;
}

constexpr std::string_view line_end = "\r\n";
constexpr std::size_t smallest_value = 3;  // an empty status

/// Reads an integer that has a single spelling: no plus sign, no leading zeros, no "-0".
std::optional<std::int64_t> parse_integer(std::string_view digits) {
  const bool negative = digits.starts_with('-');
  if (digits.size() > 1 && digits[negative ? 1 : 0] == '0') return std::nullopt;
  std::int64_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto [rest, failure] = std::from_chars(digits.data(), end, value);
  if (failure != std::errc() || rest != end) return std::nullopt;
  return value;
}

/// Removes up to `size` bytes from the front of `bytes` and returns them.
std::string_view take(std::string_view& bytes, std::size_t size) {
  const std::string_view front = bytes.substr(0, size);
  bytes.remove_prefix(front.size());
  return front;
}

}  // namespace

bool ReplyReader::next(std::string_view& bytes) noexcept try {
  while (sound_ && !bytes.empty()) {
    if (missing_ > 0 ? read_text(bytes) : read_line(bytes)) return true;
  }
  return false;
} catch (const std::bad_alloc&) {
  return refuse();
}

bool ReplyReader::read_line(std::string_view& bytes) {
  if (partial_.empty()) {
    // Refuse another protocol at its first byte, since its server may never end a line.
    if (!is_type(bytes.front())) return refuse();
    --expected_;
  }
  const std::size_t end = bytes.find('\n');
  const std::string_view piece = take(bytes, end == std::string_view::npos ? end : end + 1);
  if (!count(piece.size())) return refuse();
  if (end == std::string_view::npos) {
    partial_ += piece;
    return false;
  }
  if (partial_.empty()) return begin_value(piece);
  partial_ += piece;
  return begin_value(std::exchange(partial_, {}));
}

bool ReplyReader::begin_value(std::string_view line) {
  if (!line.ends_with(line_end)) return refuse();
  line.remove_suffix(line_end.size());
  const char type = line.front();
  line.remove_prefix(1);
  if (type == status || type == error) {
    if (line.find('\r') != std::string_view::npos) return refuse();
    if (type == status) return complete<std::string>(line);
    return complete<Reply::ErrorText>(Reply::ErrorText{std::string(line)});
  }
  const std::optional<std::int64_t> number = parse_integer(line);
  if (!number) return refuse();
  if (type == integer) return complete<std::int64_t>(*number);
  if (*number == -1) return complete<std::monostate>();
  if (*number < 0) return refuse();
  const auto size = static_cast<std::uint64_t>(*number);
  return type == text ? begin_text(size) : begin_array(size);
}

bool ReplyReader::begin_text(std::uint64_t size) {
  missing_ = size + line_end.size();
  return count(missing_) ? false : refuse();
}

bool ReplyReader::read_text(std::string_view& bytes) {
  std::string_view piece = take(bytes, missing_);
  missing_ -= piece.size();
  if (missing_ == 0 && partial_.empty()) {
    if (!piece.ends_with(line_end)) return refuse();
    piece.remove_suffix(line_end.size());
    return complete<std::string>(piece);
  }
  append(piece);
  if (missing_ > 0) return false;
  if (!partial_.ends_with(line_end)) return refuse();
  partial_.resize(partial_.size() - line_end.size());
  return complete<std::string>(std::exchange(partial_, {}));
}

bool ReplyReader::begin_array(std::uint64_t size) {
  expected_ += size;
  if (open_.size() == max_depth || !count(0)) return refuse();
  if (size == 0) return complete<Reply::Array>();
  // The length is only a claim of the server, so a long array grows with the items that arrive.
  constexpr std::uint64_t harmless = 16;
  open_.push_back({{}, size});
  open_.back().items.reserve(std::min(size, harmless));
  return false;
}

// A value is built in its final place, since moving a Reply costs more than parsing a short one.
template <class Value, class... Parts>
bool ReplyReader::complete(Parts&&... parts) {
  place().value.emplace<Value>(std::forward<Parts>(parts)...);
  while (!open_.empty()) {
    if (--open_.back().missing > 0) return false;
    Reply::Array items = std::move(open_.back().items);
    open_.pop_back();
    place().value.emplace<Reply::Array>(std::move(items));
  }
  size_ = 0;
  expected_ = 1;
  return true;
}

// The length of a text is only a claim of the server. So the memory grows with the bytes that
// arrive, in few steps, and ends at the length.
void ReplyReader::append(std::string_view piece) {
  const std::uint64_t size = partial_.size() + piece.size();
  if (size > partial_.capacity()) {
    std::string larger;  // reserve() of a string with content rounds up
    larger.reserve(std::min(size + missing_, 4 * size));
    partial_.swap(larger.append(partial_));
  }
  partial_ += piece;
}

Reply& ReplyReader::place() {
  return open_.empty() ? reply_ : open_.back().items.emplace_back();
}

bool ReplyReader::count(std::uint64_t bytes) noexcept {
  if (bytes > max_size_ - size_) return false;
  size_ += bytes;
  return expected_ <= (max_size_ - size_) / smallest_value;
}

bool ReplyReader::refuse() noexcept {
  sound_ = false;
  return false;
}

}  // namespace webtool::redis
