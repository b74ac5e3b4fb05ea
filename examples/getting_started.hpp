// What getting_started needs beside its routes: settings, and small conveniences.
#pragma once

#include <webtool/auth/jwt_service.hpp>
#include <webtool/cache/in_memory_cache.hpp>
#include <webtool/cache/redis_cache.hpp>
#include <webtool/http/request.hpp>

#include <charconv>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

struct Settings {
  std::string host;
  std::uint16_t port;
  std::string cache_url;
  std::string key_file;
};

inline std::string setting(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

inline Settings read_settings() {
  Settings settings;
  settings.host = setting("HOST", "127.0.0.1");
  settings.cache_url = setting("WEBTOOL_CACHE", "memory://");
  settings.key_file = setting("WEBTOOL_KEY_FILE", "ed_private_key1.pem");
  const auto port = setting("PORT", "8000");
  const auto end = port.data() + port.size();
  if (const auto parsed = std::from_chars(port.data(), end, settings.port);
      parsed.ec != std::errc{} || parsed.ptr != end)
    throw std::invalid_argument("PORT is not a port number");
  return settings;
}

/// A service together with the cache it works on.
template <class Service, class Cache>
std::shared_ptr<webtool::auth::JWTService> with_cache(std::unique_ptr<Cache> cache,
                                                      webtool::auth::JWTServiceOptions options) {
  struct Both {
    std::unique_ptr<Cache> cache;
    Service service;
  };
  auto& on = *cache;
  auto both = std::shared_ptr<Both>(new Both{std::move(cache), Service(on, std::move(options))});
  return {both, &both->service};
}

/// On this process's memory for `memory://`, on Redis for any other URL.
inline std::shared_ptr<webtool::auth::JWTService> make_jwt_service(const std::string& cache_url,
                                                                   webtool::jose::Key key) {
  using namespace webtool;
  auth::JWTServiceOptions options;
  options.secret_key = std::move(key);
  if (cache_url == "memory://")
    return with_cache<auth::JWTService>(std::make_unique<cache::InMemoryCache>(), options);
  return with_cache<auth::RedisJWTService>(std::make_unique<cache::RedisCache>(cache_url), options);
}

/// A member of the request's JSON body, where it is a text.
inline std::optional<std::string> text_member(const webtool::http::Request& request,
                                              const char* name) {
  const auto body = request.json();
  if (body.has_error()) return std::nullopt;
  const auto* value = body->if_contains(name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string(value->get_string());
}

/// The first 256 characters, those that are not printable ASCII as '?'.
inline std::string printable(std::string_view text) {
  std::string out(text.substr(0, 256));
  for (auto& c : out)
    if (c < ' ' || c > '~') c = '?';
  return out;
}

inline void print_greeting(const std::string& host, std::uint16_t port) {
  const std::string url = "http://" + host + ":" + std::to_string(port);
  std::cout << "Listening on " << url << "\n\nTry:\n"
            << "  curl -s " << url << "/token/\n"
            << "  curl -s " << url << "/get_user/ -H \"Authorization: Bearer $ACCESS\"\n"
            << "  curl -s " << url << "/token/refresh/ -d '{\"refresh_token\": \"'$REFRESH'\"}'\n"
            << std::endl;
}
