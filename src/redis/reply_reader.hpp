// From bytes to Replies: hiredis's reader, building our own objects as it goes, with bounds that a
// hostile or broken server cannot talk it out of. No I/O.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include <webtool/redis/reply.hpp>

struct redisReader;

namespace webtool::redis {

class ReplyReader {
 public:
  /// One reply may take `max_size` bytes on the wire.
  explicit ReplyReader(std::size_t max_size);

  /// Reads `bytes`, which may end anywhere, and calls `on_reply(Reply&&)` for each reply completed
  /// so far; an error reply comes as a Reply::ErrorText. False where the bytes are not RESP or a
  /// reply is too large: the reader is of no use any more.
  template <class OnReply>
  [[nodiscard]] bool feed(std::string_view bytes, OnReply&& on_reply) {
    // In small portions: hiredis moves the rest of its buffer to the front again and again.
    while (!bytes.empty()) {
      append(bytes.substr(0, portion));
      while (next()) on_reply(std::move(building_->root));
      bytes.remove_prefix(std::min(bytes.size(), portion));
      if (broken_) return false;
    }
    return !broken_;
  }

  /// What hiredis builds into, reached by its C callbacks.
  struct Building {
    Reply root;
    std::size_t max_size;
    std::size_t least_size;  ///< what the reply takes on the wire at least, by its array headers
  };

 private:
  static constexpr std::size_t portion = 8192;

  void append(std::string_view bytes);
  [[nodiscard]] bool next();

  struct Deleter {
    void operator()(redisReader* reader) const noexcept;
  };
  std::unique_ptr<Building> building_;
  std::unique_ptr<redisReader, Deleter> reader_;
  std::size_t size_ = 0;  ///< bytes of the reply under way
  bool broken_ = false;
};

}  // namespace webtool::redis
