// Parses the bytes of a server into Replies (RESP2). The reader is strict and limits the size and
// the nesting of a reply, since the server may be hostile or broken. No I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <webtool/redis/reply.hpp>

namespace webtool::redis {

class ReplyReader {
 public:
  /// The maximum number of arrays inside each other. Code that walks or destroys a Reply calls
  /// itself for each level, so an unlimited depth could overflow the stack. The deepest reply of
  /// Redis 7 has 12 levels (COMMAND DOCS), and EXEC adds one. Scripts may return more.
  static constexpr std::size_t max_depth = 32;

  /// `max_size` is the maximum size of one reply on the wire, in bytes.
  explicit ReplyReader(std::size_t max_size) noexcept : max_size_(max_size) {}

  /// Parses `bytes`, which may end anywhere, and calls `on_reply(Reply&&)` for each complete reply.
  /// An error reply is a Reply::ErrorText. Returns false if the bytes are not RESP2, if a reply is
  /// too large or too deep, or if there is no memory for it. The reader cannot be used any more
  /// then.
  template <class OnReply>
  [[nodiscard]] bool feed(std::string_view bytes, OnReply&& on_reply) {
    while (next(bytes)) on_reply(std::move(reply_));
    return sound_;
  }

 private:
  /// An array whose items have not all arrived.
  struct Array {
    Reply::Array items;
    std::uint64_t missing;
  };

  /// Consumes bytes up to the end of a reply, or all of them. Returns true, as the functions below,
  /// if it completed a reply.
  bool next(std::string_view& bytes) noexcept;
  bool read_line(std::string_view& bytes);
  bool read_text(std::string_view& bytes);
  bool begin_value(std::string_view line);
  bool begin_text(std::uint64_t size);
  bool begin_array(std::uint64_t size);
  template <class Value, class... Parts>
  bool complete(Parts&&... parts);
  /// The reader cannot be used any more. Returns false.
  bool refuse() noexcept;

  /// Adds `bytes` to the size of the reply. Returns whether the reply can still fit.
  bool count(std::uint64_t bytes) noexcept;
  /// Adds `piece` to the current text.
  void append(std::string_view piece);
  /// Returns where the current value belongs.
  Reply& place();

  std::size_t max_size_;
  std::uint64_t size_ = 0;      ///< bytes that the reply is known to have
  std::uint64_t expected_ = 1;  ///< values of the reply that have not begun
  std::uint64_t missing_ = 0;   ///< bytes that the current text needs, with CRLF. 0: read a line
  std::string partial_;         ///< the beginning of the current line or text
  std::vector<Array> open_;     ///< the outermost array first
  Reply reply_;
  bool sound_ = true;
};

}  // namespace webtool::redis
