#include "redis/handshake.hpp"

#include <webtool/redis/command.hpp>
#include <webtool/redis/error.hpp>

#include "redis/server_error.hpp"

namespace webtool::redis {
namespace {

constexpr std::size_t max_reply_size = 4096;

// CLIENT SETNAME may fail: the server may not know or permit it, or be too busy. The commands will
// then get the server's error. Any other error is about the connection: "max number of clients
// reached", or a missing password.
bool may_lack_a_name(Error code, std::string_view text) {
  return code == Error::loading || code == Error::busy || text.starts_with("NOPERM") ||
         text.find("command") != std::string_view::npos;
}

}  // namespace

Handshake::Handshake(const Options& options)
    : named_(!options.client_name.empty()), reader_(max_reply_size) {
  std::string bytes;
  // A Command keeps a copy of its arguments, so the password is written directly into our own
  // buffer.
  const auto say = [&](std::initializer_list<std::string_view> words) {
    bytes.append("*").append(std::to_string(words.size())).append("\r\n");
    for (const std::string_view word : words) {
      bytes.append("$").append(std::to_string(word.size())).append("\r\n");
      bytes.append(word).append("\r\n");
    }
    ++awaited_;
    commands_.push_back(*words.begin());  // a literal
  };
  bytes.reserve(256 + options.username.size() + options.password.size() +
                options.client_name.size());
  if (!options.username.empty()) {
    say({"AUTH", options.username, options.password.expose()});
  } else if (!options.password.empty()) {
    say({"AUTH", options.password.expose()});
  }
  if (options.database != 0) say({"SELECT", std::to_string(options.database)});
  if (named_) say({"CLIENT", "SETNAME", options.client_name});
  request_ = Secret(bytes);
  wipe(bytes);
}

result<bool> Handshake::receive(std::string_view bytes) {
  std::optional<Error> refused;
  const bool sound = reader_.feed(bytes, [&](Reply&& reply) {
    if (awaited_ == 0) {
      refused = Error::protocol_error;
      return;
    }
    --awaited_;
    const auto* error = std::get_if<Reply::ErrorText>(&reply.value);
    if (error == nullptr || refused) return;
    const auto code = server_error(error->text);
    const bool is_of_name = awaited_ == 0 && named_;
    if (is_of_name && may_lack_a_name(code, error->text)) return;
    refused = code;
    complaint_ = Complaint{code, readable(error->text),
                           std::string(commands_[commands_.size() - awaited_ - 1])};
  });
  if (!sound) return Error::protocol_error;
  if (refused) return *refused;
  return done();
}

}  // namespace webtool::redis
