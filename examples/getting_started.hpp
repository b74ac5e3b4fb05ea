// The settings and small helper functions of getting_started.
#pragma once

#include <webtool/auth/jwt_service.hpp>
#include <webtool/cache/in_memory_cache.hpp>
#include <webtool/cache/redis_cache.hpp>
#include <webtool/http/request.hpp>
#include <webtool/throttle/in_memory_limiter.hpp>
#include <webtool/throttle/redis_limiter.hpp>

#include <charconv>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

struct Settings {
  std::string host;
  std::uint16_t port;
  std::string cache_url;
  std::string key_file;
  std::string cookie_secret;
  std::string trusted_proxies;
  std::string metrics;
  bool has_demo;
  std::string database_url;
  std::string password_cost;
  bool allows_weak_passwords;
};

inline std::string setting(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

inline std::uint16_t port_number(const std::string& text, const char* name) {
  std::uint16_t port = 0;
  const auto end = text.data() + text.size();
  if (const auto parsed = std::from_chars(text.data(), end, port);
      parsed.ec != std::errc{} || parsed.ptr != end)
    throw std::invalid_argument(std::string(name) + " is not a port number");
  return port;
}

inline Settings read_settings() {
  Settings settings;
  settings.host = setting("HOST", "127.0.0.1");
  settings.cache_url = setting("WEBTOOL_CACHE", "memory://");
  settings.key_file = setting("WEBTOOL_KEY_FILE", "ed_private_key1.pem");
  settings.cookie_secret = setting("WEBTOOL_COOKIE_SECRET", "");
  settings.trusted_proxies = setting("WEBTOOL_TRUSTED_PROXIES", "");
  settings.metrics = setting("WEBTOOL_METRICS", "");
  settings.has_demo = setting("WEBTOOL_DEMO", "1") != "0";
  settings.database_url = setting("WEBTOOL_DB", "sqlite:///users.db");
  settings.password_cost = setting("WEBTOOL_PASSWORD_COST", "m=19456,t=2,p=1");
  settings.allows_weak_passwords = setting("WEBTOOL_PASSWORD_COST_WEAK", "") == "1";
  settings.port = port_number(setting("PORT", "8000"), "PORT");
  return settings;
}

/// The objects that use one store: sessions and limits.
struct Store {
  std::unique_ptr<webtool::cache::BaseCache> cache;
  std::unique_ptr<webtool::auth::JWTService> jwt_service;
  std::unique_ptr<webtool::throttle::BaseLimiter> limiter;
};

/// Opens a store in the memory of this process for `memory://`, or on Redis for any other URL.
inline Store open_store(const std::string& cache_url, webtool::jose::Key key,
                        std::shared_ptr<webtool::Observer> observer = nullptr) {
  using namespace webtool;
  auth::JWTServiceOptions options;
  options.secret_key = std::move(key);
  options.observer = observer;
  Store store;
  if (cache_url == "memory://") {
    auto cache = std::make_unique<cache::InMemoryCache>();
    store.jwt_service = std::make_unique<auth::JWTService>(*cache, std::move(options));
    store.limiter = std::make_unique<throttle::InMemoryLimiter>();
    store.cache = std::move(cache);
  } else {
    auto redis_options = redis::parse_url(cache_url);
    redis_options.observer = std::move(observer);
    auto cache = std::make_unique<cache::RedisCache>(std::move(redis_options));
    store.jwt_service = std::make_unique<auth::RedisJWTService>(*cache, std::move(options));
    store.limiter = std::make_unique<throttle::RedisLimiter>(*cache);
    store.cache = std::move(cache);
  }
  return store;
}

/// Anonymous sessions with cookies, if there is a secret to sign them.
inline std::optional<webtool::auth::AnnoSessionBackend> make_anno_backend(
    const std::string& secret) {
  if (secret.empty()) return std::nullopt;
  webtool::auth::AnnoSessionOptions options;
  options.secret_keys.emplace_back(secret);
  return std::optional<webtool::auth::AnnoSessionBackend>(std::in_place, std::move(options));
}

/// The items of a comma-separated list.
inline std::vector<std::string> split_list(const std::string& text) {
  std::vector<std::string> words;
  std::istringstream in(text);
  for (std::string word; std::getline(in, word, ',');)
    if (!word.empty()) words.push_back(word);
  return words;
}

/// A member of the request's JSON body, or nullopt if it is not a string.
inline std::optional<std::string> text_member(const webtool::http::Request& request,
                                              const char* name) {
  const auto body = request.json();
  if (body.has_error()) return std::nullopt;
  const auto* value = body->if_contains(name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string(value->get_string());
}

/// The first 256 characters, with '?' for each character that is not printable ASCII.
inline std::string printable(std::string_view text) {
  std::string out(text.substr(0, 256));
  for (auto& c : out)
    if (c < ' ' || c > '~') c = '?';
  return out;
}

/// A host in the form of a URL: an IPv6 address in brackets, and this machine for "any address".
inline std::string shown_host(const std::string& host) {
  if (host == "0.0.0.0") return "127.0.0.1";
  if (host == "::") return "[::1]";
  const bool is_bare_ipv6 = host.find(':') != std::string::npos && host.front() != '[';
  return is_bare_ipv6 ? "[" + host + "]" : host;
}

/// The text at `/`.
inline constexpr std::string_view welcome =
    "This is webtool's example server.\n\n"
    "GET  /token/           a pair of tokens for ?sub= with ?scope=; not for names of accounts\n"
    "GET  /get_user/        the user of a token\n"
    "POST /token/refresh/   a new pair for {\"refresh_token\": ...}\n"
    "POST /token/revoke/    ends a session; with \"jti\", another session of the same subject\n"
    "POST /token/revoke/others/  ends all sessions of the subject except the token's own\n"
    "GET  /sessions/        the sessions of the token's subject\n"
    "POST /register/        creates an account; a form with username and password\n"
    "POST /login/           a pair of tokens for an account\n"
    "GET  /api/1/           ten requests in ten seconds\n"
    "GET  /api/2/           the same, only for anonymous users\n"
    "GET  /api/3/           the same, only for users with a token\n"
    "GET  /.well-known/jwks.json, GET /healthz\n";

inline void print_greeting(const std::string& host, std::uint16_t port) {
  const std::string url = "http://" + shown_host(host) + ":" + std::to_string(port);
  std::cout << "Listening on " << url << "\n\nOpen this address in a browser, or try:\n"
            << "  curl -s " << url << "/token/\n"
            << "  curl -s " << url << "/get_user/ -H \"Authorization: Bearer $ACCESS\"\n"
            << "  curl -si " << url << "/api/1/     # ten times in ten seconds\n"
            << "  curl -s " << url << "/token/refresh/ -d '{\"refresh_token\": \"'$REFRESH'\"}'\n"
            << std::endl;
}
