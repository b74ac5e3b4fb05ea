// The Redis client: commands in, replies out, pipelined by itself.
//
// A Client has no executor of its own. Each io_context that calls it gets one connection, made on
// first use and living with that io_context; commands of all its coroutines share it, leave in one
// write per turn of the loop, and complete in order. So one io_context a thread shares nothing.
//
// A command whose caller is cancelled, or whose deadline passes, leaves the order of replies
// intact. A command that may have run is not sent again, unless the caller says it is idempotent.
// An open connection is work for its io_context: `run` returns once the client is closed or gone.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <webtool/core/awaitable.hpp>
#include <webtool/core/result.hpp>
#include <webtool/redis/command.hpp>
#include <webtool/redis/error.hpp>
#include <webtool/redis/options.hpp>
#include <webtool/redis/reply.hpp>
#include <webtool/redis/script.hpp>

namespace webtool::redis {

/// Whether the client may send a command again when the connection ended before its reply.
enum class Retry { never, if_idempotent };

class Client {
 public:
  /// No I/O happens here. Throws std::invalid_argument, naming the field, for impossible options.
  explicit Client(Options options);
  /// As above, from a URL; see parse_url.
  explicit Client(std::string_view url) : Client(parse_url(url)) {}
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  /// As aclose: what is still under way fails with `Error::closed`. The io_contexts may be gone.
  ~Client();

  /// Sends `command` and waits for its reply, `Options::command_timeout` at most. What goes wrong
  /// is an Error; only a cancelled caller gets an exception, Asio's operation_aborted.
  /// `Retry::if_idempotent` says the command may be sent again, within the same deadline, after a
  /// lost connection. `command` need not outlive the call.
  [[nodiscard]] awaitable<result<Reply>> execute(const Command& command,
                                                 Retry retry = Retry::never);

  /// Runs `script` by EVALSHA, and by EVAL where the server does not know it (a script that was
  /// unknown has not run, so this is no resend). All keys the script touches must be in `keys`.
  /// Script and views must live until this completes.
  [[nodiscard]] awaitable<result<Reply>> evaluate(const Script& script,
                                                  std::span<const std::string_view> keys,
                                                  std::span<const std::string_view> arguments,
                                                  Retry retry = Retry::never);

  /// Fails what is under way with `Error::closed`, refuses further commands, and closes the
  /// connections: that of the calling io_context now, the others as soon as those turn.
  [[nodiscard]] awaitable<void> aclose();

  [[nodiscard]] const Options& options() const noexcept;

  /// What the server said when it refused a command with that error the last time, or why there is
  /// no connection: for logs and exceptions. What the server quoted is left out, since it may be a
  /// key or a value. Empty if there is nothing.
  [[nodiscard]] std::string words_of(const boost::system::error_code& error) const;

 private:
  std::shared_ptr<struct ClientState> state_;
};

}  // namespace webtool::redis
