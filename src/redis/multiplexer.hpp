// Keeps the order of commands and replies when many callers share one connection. No I/O and no
// clock, so tests can simulate every failure.
//
// A command is *held* until there is a connection, then *written* to the output. It is *sent* after
// the output was taken for writing; a sent command may have run. If a caller gives up, a
// placeholder receives the reply, so that the other replies keep their order.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include <webtool/core/result.hpp>
#include <webtool/redis/client.hpp>

#include "redis/complaints.hpp"
#include "redis/link_observer.hpp"
#include "redis/reply_reader.hpp"
#include "redis/server_error.hpp"

namespace webtool::redis {

using Time = std::chrono::steady_clock::time_point;

/// One command in progress. It lives with its caller until `next_done` has returned it.
struct Request {
  std::string wire;
  Time deadline;
  Retry retry = Retry::never;
  result<Reply> outcome{};
  std::optional<Redirect> redirect{};  ///< with Error::moved and Error::ask

  // For the multiplexer only.
  std::uint64_t position = 0;
  bool pending = false;
  bool sent = false;
  Request* next = nullptr;
};

class Multiplexer {
 public:
  /// `observer` may be null. It receives the replies that no command waits for.
  explicit Multiplexer(const Options& options, LinkObserver* observer = nullptr);

  /// Returns whether a command of that many bytes may be submitted now.
  [[nodiscard]] bool accepts(std::size_t bytes) const noexcept;
  void submit(Request& request);
  /// Submits a PING whose reply no caller waits for.
  void submit_ping(Time deadline);
  /// The caller gave up: finishes the request with operation_aborted. No effect if it is already
  /// done.
  void cancel(Request& request);

  /// A new connection: writes all held commands.
  void connected();
  /// Stops writing to this connection. It should end after all written commands are answered.
  void retire() noexcept { writing_ = false; }
  [[nodiscard]] bool retired() const noexcept { return !writing_ && written_ == 0; }
  /// The connection ended. A sent command fails with `connection_lost`, unless it may be sent
  /// again. All others are held.
  void disconnected();

  /// Swaps the output into `buffer`. Returns false if there is none.
  [[nodiscard]] bool take_output(std::string& buffer);
  /// That many bytes of the output were written to the socket.
  void flushed(std::size_t bytes) noexcept { taken_bytes_ -= bytes; }

  /// The result of received bytes. `read_only`: some reply was READONLY. `broken`: the bytes are
  /// not RESP2, or a reply was not expected; the connection cannot be used any more.
  enum class Received { incomplete, replies, read_only, broken };
  [[nodiscard]] Received receive(std::string_view bytes);

  /// Returns the first error reply since the last call, except NOSCRIPT: the client then sends the
  /// script.
  [[nodiscard]] std::optional<Complaint> take_complaint() noexcept {
    return std::exchange(complaint_, std::nullopt);
  }

  /// Fails the commands whose deadline has passed at `now`.
  struct Expired {
    std::size_t count = 0;
    bool written = false;  ///< some of them were written to this connection, so it does not answer
  };
  Expired expire(Time now);
  /// Returns when to call `expire` next.
  [[nodiscard]] std::optional<Time> next_deadline() const noexcept;

  /// Fails all commands while disconnected: with `connection_lost` if the command was sent before,
  /// otherwise with `connect_failed`.
  void fail_held();
  /// Fails all commands.
  void fail_all(Error error);

  /// Returns the number of commands that are sent, written or held.
  [[nodiscard]] std::size_t size() const noexcept { return slots_.size(); }

  /// Returns the next request whose outcome is known, or null.
  [[nodiscard]] Request* next_done() noexcept;
  [[nodiscard]] bool has_done() const noexcept { return first_done_ != nullptr; }

 private:
  struct Slot {
    Request* request;  ///< null: a placeholder
    Time deadline;
  };

  Slot& slot_of(const Request& request) { return slots_[request.position - first_position_]; }
  [[nodiscard]] bool deliver(Reply&& reply);
  void finish(Request& request, result<Reply> outcome);
  void finish_held(Request& request, Error if_sent, Error if_not);
  void pop_front();
  /// Removes the placeholders. Nothing may be written.
  void compact();

  LinkObserver* const observer_;
  std::size_t max_in_flight_;
  std::size_t max_queued_bytes_;
  std::size_t max_reply_size_;

  // The order in slots_: sent commands, then written, then held.
  std::deque<Slot> slots_;
  std::uint64_t first_position_ = 0;
  std::size_t sent_ = 0;     ///< number of sent commands
  std::size_t written_ = 0;  ///< number of written commands, including the sent ones
  bool writing_ = false;

  std::string output_;
  std::size_t held_bytes_ = 0;
  std::size_t taken_bytes_ = 0;  ///< bytes taken for writing, but not flushed
  ReplyReader reader_;
  bool saw_read_only_ = false;
  std::optional<Complaint> complaint_;

  Request* first_done_ = nullptr;
  Request* last_done_ = nullptr;
};

}  // namespace webtool::redis
