// A consumer's program, with public headers only. It uses every module, so that a header that is
// not installed or a library that is not named makes it fail.
#include <webtool/auth/jwt_service.hpp>
#include <webtool/cache/in_memory_cache.hpp>
#include <webtool/cache/redis_cache.hpp>
#include <webtool/http/server.hpp>
#include <webtool/utils/keys.hpp>
#include <webtool/version.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <iostream>

namespace {

webtool::awaitable<bool> round_trip(webtool::auth::BaseJWTService& service) {
  webtool::auth::Grant data;
  data.sub = "123";
  const auto pair = co_await service.create_token(data);
  const auto claims = co_await service.validate_access_token(pair.access);
  co_return claims.has_value() && claims->sub == "123";
}

}  // namespace

int main() {
  webtool::cache::InMemoryCache cache;
  webtool::auth::JWTService service(cache, {.secret_key = webtool::utils::make_ed_key()});
  webtool::cache::RedisCache connects_on_first_use("redis://127.0.0.1:6379/0");
  webtool::http::Server server({.port = 0});

  bool passed = false;
  boost::asio::io_context context;
  boost::asio::co_spawn(context, round_trip(service),
                        [&](std::exception_ptr error, bool result) { passed = !error && result; });
  context.run();
  static_assert(WEBTOOL_VERSION_NUMBER >= 100);
  std::cout << "webtool " << WEBTOOL_VERSION << (passed ? ": passed\n" : ": failed\n");
  return passed ? 0 : 1;
}
