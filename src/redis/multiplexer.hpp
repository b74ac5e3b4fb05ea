// Many callers, one connection. This keeps the order of commands and replies. It does no I/O and
// knows no clock, so that tests can simulate every failure.
//
// A command is *held* until there is a connection, then *written* to the output, and *sent* once
// the output was taken for writing; what was sent may have run. A caller that gives up leaves a
// placeholder that swallows the reply, so the others still get theirs.
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

/// One command under way. It lives with its caller until it was returned by `next_done`.
struct Request {
  std::string wire;
  Time deadline;
  Retry retry = Retry::never;
  result<Reply> outcome{};
  std::optional<Redirect> redirect{};  ///< with Error::moved and Error::ask

  // The multiplexer's notes.
  std::uint64_t position = 0;
  bool pending = false;
  bool sent = false;
  Request* next = nullptr;
};

class Multiplexer {
 public:
  /// `observer`, if any, is given the replies that no command waits for.
  explicit Multiplexer(const Options& options, LinkObserver* observer = nullptr);

  /// Whether a command of that many bytes may be submitted now.
  [[nodiscard]] bool accepts(std::size_t bytes) const noexcept;
  void submit(Request& request);
  /// A PING of our own, with nobody waiting for its reply.
  void submit_ping(Time deadline);
  /// The caller gave up: the request is done, with operation_aborted. No effect if done already.
  void cancel(Request& request);

  /// A new connection: all held commands are written.
  void connected();
  /// Writes nothing more on this connection: it is to end once what was written is answered.
  void retire() noexcept { writing_ = false; }
  [[nodiscard]] bool retired() const noexcept { return !writing_ && written_ == 0; }
  /// The connection ended: what was sent fails with `connection_lost` unless it may be sent again;
  /// the rest is held.
  void disconnected();

  /// Swaps what is to be sent into `buffer`. False where there is nothing.
  [[nodiscard]] bool take_output(std::string& buffer);
  /// That many bytes of it were written to the socket.
  void flushed(std::size_t bytes) noexcept { taken_bytes_ -= bytes; }

  /// What came of the bytes. `read_only`: some reply was READONLY. `broken`: the bytes make no
  /// sense, so the connection is of no use any more.
  enum class Received { incomplete, replies, read_only, broken };
  [[nodiscard]] Received receive(std::string_view bytes);

  /// The first error reply since the last call. NOSCRIPT is none: the script is then sent.
  [[nodiscard]] std::optional<Complaint> take_complaint() noexcept {
    return std::exchange(complaint_, std::nullopt);
  }

  /// Fails what should have been answered by `now`.
  struct Expired {
    std::size_t count = 0;
    bool written = false;  ///< some of them were on this connection, which does not answer
  };
  Expired expire(Time now);
  /// When to call `expire` next.
  [[nodiscard]] std::optional<Time> next_deadline() const noexcept;

  /// Fails all while disconnected: `connect_failed`, or `connection_lost` where it was sent before.
  void fail_held();
  /// Fails everything.
  void fail_all(Error error);

  /// Commands that are sent, written or held.
  [[nodiscard]] std::size_t size() const noexcept { return slots_.size(); }

  /// The next request whose outcome is known, or null.
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
  /// Takes the placeholders out. Nothing may be written.
  void compact();

  LinkObserver* const observer_;
  std::size_t max_in_flight_;
  std::size_t max_queued_bytes_;
  std::size_t max_reply_size_;

  // slots_ = sent ones, then written ones, then held ones.
  std::deque<Slot> slots_;
  std::uint64_t first_position_ = 0;
  std::size_t sent_ = 0;     ///< of slots_
  std::size_t written_ = 0;  ///< of slots_; includes the sent ones
  bool writing_ = false;

  std::string output_;
  std::size_t held_bytes_ = 0;
  std::size_t taken_bytes_ = 0;  ///< sent, but not flushed
  ReplyReader reader_;
  bool saw_read_only_ = false;
  std::optional<Complaint> complaint_;

  Request* first_done_ = nullptr;
  Request* last_done_ = nullptr;
};

}  // namespace webtool::redis
