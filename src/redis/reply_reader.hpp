// Parses bytes into Replies with hiredis. The objects are our own, and the size of a reply is
// limited, also for a hostile or broken server. No I/O.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include <webtool/redis/reply.hpp>

struct redisReader;

namespace webtool::redis {

class ReplyReader {
 public:
  /// `max_size` is the maximum size of one reply on the wire, in bytes.
  explicit ReplyReader(std::size_t max_size);

  /// Parses `bytes`, which may end anywhere, and calls `on_reply(Reply&&)` for each complete reply.
  /// An error reply is a Reply::ErrorText. Returns false if the bytes are not RESP or a reply is
  /// too large. The reader cannot be used any more then.
  template <class OnReply>
  [[nodiscard]] bool feed(std::string_view bytes, OnReply&& on_reply) {
    // In small portions, because hiredis often moves the rest of its buffer to the front.
    while (!bytes.empty()) {
      append(bytes.substr(0, portion));
      while (next()) on_reply(std::move(building_->root));
      bytes.remove_prefix(std::min(bytes.size(), portion));
      if (broken_) return false;
    }
    return !broken_;
  }

  /// The object that hiredis builds. Its C callbacks use it.
  struct Building {
    Reply root;
    std::size_t max_size;
    std::size_t least_size;  ///< the minimum size of the reply on the wire, from its array headers
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
  std::size_t size_ = 0;  ///< bytes of the incomplete reply
  bool broken_ = false;
};

}  // namespace webtool::redis
