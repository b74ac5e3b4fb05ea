// Asks a client one command, and has the options for servers that answer and for servers that do
// not.
#pragma once

#include <string>
#include <string_view>

#include <webtool/redis/client.hpp>

#include "support/run.hpp"

namespace webtool::test {

using namespace std::chrono_literals;

/// The outcome of one command.
inline result<redis::Reply> ask(Loop& loop, redis::Client& client, const redis::Command& command) {
  return loop.run(client.execute(command));
}

/// An outcome as text: what was replied, or the name of what went wrong.
inline std::string show(const result<redis::Reply>& outcome) {
  if (outcome.has_error()) return outcome.error().message();
  const redis::Reply& reply = outcome.value();
  if (const auto* text = reply.string()) return *text;
  if (const auto* number = reply.integer()) return std::to_string(*number);
  return reply.is_nil() ? "nil" : "array";
}

inline std::string show(redis::Error error) {
  return make_error_code(error).message();
}

/// The options for a server that is to answer, however slow the machine.
inline redis::Options patient(std::string_view url) {
  redis::Options options = redis::parse_url(url);
  options.connect_timeout = options.command_timeout = 60s;
  return options;
}

/// The options for a server that is to fail, soon.
inline redis::Options impatient(std::string_view url) {
  redis::Options options = redis::parse_url(url);
  options.connect_timeout = options.command_timeout = 100ms;
  options.reconnect_delay_min = 1ms;
  options.reconnect_delay_max = 5ms;
  options.breaker_failures = 3;
  options.breaker_delay = 20ms;
  return options;
}

/// Asks until `done(outcome)`; the test's own time limit is the limit.
template <class Done>
void ask_until(Loop& loop, redis::Client& client, const redis::Command& command, Done done) {
  while (!done(ask(loop, client, command))) continue;
}

}  // namespace webtool::test
