#include <webtool/cache/redis_cache.hpp>

#include <fmt/format.h>

#include <vector>

#include <lua/erase_if_equal.hpp>
#include <lua/set_if_equal.hpp>
#include <webtool/cache/error.hpp>

namespace webtool::cache {
namespace {

const redis::Script& set_if_equal() {
  static const redis::Script script(lua::set_if_equal);
  return script;
}

const redis::Script& erase_if_equal() {
  static const redis::Script script(lua::erase_if_equal);
  return script;
}

bool is_one(const redis::Reply& reply) {
  const auto* number = reply.integer();
  return number != nullptr && *number == 1;
}

struct Lifetime {
  std::string_view unit;
  std::string milliseconds;
};

std::optional<Lifetime> lifetime(const SetOptions& options) {
  if (options.ex) return Lifetime{"PX", fmt::to_string(options.ex->count())};
  if (options.exat) {
    const auto at = std::chrono::ceil<std::chrono::milliseconds>(options.exat->time_since_epoch());
    // Redis refuses a time before 1970. Any time in the past removes the entry.
    return Lifetime{"PXAT", fmt::to_string(std::max<long long>(at.count(), 1))};
  }
  return std::nullopt;
}

}  // namespace

redis::Reply reply_of(const redis::Client& client, result<redis::Reply> reply) {
  if (reply.has_error()) throw StoreUnavailable(reply.error(), client.words_of(reply.error()));
  return std::move(*reply);
}

void refuse_reply() {
  throw StoreUnavailable(make_error_code(redis::Error::protocol_error));
}

RedisCache::RedisCache(redis::Options options) : client_(std::move(options)) {
  const auto& space = client_.options().key_namespace;
  if (!space.empty()) prefix_ = space + ':';
}

std::string RedisCache::key(std::string name) const {
  if (!prefix_.empty()) name.insert(0, prefix_);
  return name;
}

// No write is marked idempotent: a repeated write could undo a write of another client in between.

awaitable<bool> RedisCache::set(std::string_view name, std::string_view value, SetOptions options) {
  options.check();
  const auto expiry = lifetime(options);
  if (options.if_equal) {
    const auto key = this->key(std::string(name));
    const std::string_view keys[] = {key};
    std::vector<std::string_view> arguments = {*options.if_equal, value};
    if (expiry) arguments.insert(arguments.end(), {expiry->unit, expiry->milliseconds});
    auto reply = co_await client_.evaluate(set_if_equal(), keys, arguments);
    co_return is_one(reply_of(client_, std::move(reply)));
  }
  redis::Command command("SET", redis::Key(prefix_, name), value);
  if (expiry) command.add(expiry->unit).add(expiry->milliseconds);
  if (options.nx) command.add("NX");
  auto reply = co_await client_.execute(command);
  // Redis replies OK, or nil if NX prevented the write.
  co_return !reply_of(client_, std::move(reply)).is_nil();
}

awaitable<std::optional<std::string>> RedisCache::get(std::string_view name) {
  const redis::Command command("GET", redis::Key(prefix_, name));
  auto reply = reply_of(client_, co_await client_.execute(command, redis::Retry::if_idempotent));
  if (auto* text = reply.string()) co_return std::move(*text);
  co_return std::nullopt;
}

awaitable<bool> RedisCache::erase(std::string_view name, std::optional<std::string_view> if_equal) {
  if (if_equal) {
    const auto key = this->key(std::string(name));
    const std::string_view keys[] = {key};
    const std::string_view arguments[] = {*if_equal};
    auto reply = co_await client_.evaluate(erase_if_equal(), keys, arguments);
    co_return is_one(reply_of(client_, std::move(reply)));
  }
  const redis::Command command("DEL", redis::Key(prefix_, name));
  auto reply = co_await client_.execute(command);
  co_return is_one(reply_of(client_, std::move(reply)));
}

awaitable<void> RedisCache::aclose() {
  return client_.aclose();
}

}  // namespace webtool::cache
