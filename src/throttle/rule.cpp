#include <webtool/throttle/rule.hpp>

#include <algorithm>
#include <string_view>

#include "core/option_check.hpp"

namespace webtool::throttle {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t max_max_requests = 1'000'000'000;
constexpr std::uint32_t max_max_requests_sliding = 100'000;
constexpr std::chrono::microseconds max_interval = std::chrono::years(10);
constexpr std::size_t max_text_size = 64;

bool is_visible(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c > ' ' && c <= '~' && c != '"' && c != '\\'; });
}

bool is_method(std::string_view text) {
  return !text.empty() && text.size() <= max_text_size &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'A' && c <= 'Z') || c == '-' || c == '_'; });
}

}  // namespace

LimitRule limiter(LimitRule rule) {
  const OptionCheck require("LimitRule");
  require(rule.algorithm >= Algorithm::sliding_window && rule.algorithm <= Algorithm::fixed_window,
          "algorithm must be sliding_window, gcra or fixed_window");
  require(rule.on_store_failure >= OnStoreFailure::allow &&
              rule.on_store_failure <= OnStoreFailure::local,
          "on_store_failure must be allow, deny or local");
  require(rule.per >= Per::client && rule.per <= Per::address, "per must be client or address");
  require(rule.max_requests > 0, "max_requests must be positive");
  require(rule.max_requests <= max_max_requests, "max_requests must be at most 1,000,000,000");
  require(
      rule.algorithm != Algorithm::sliding_window || rule.max_requests <= max_max_requests_sliding,
      "max_requests must be at most 100,000 for sliding_window; gcra allows more");
  require(rule.interval >= 1ms, "interval must be at least 1 ms");
  require(rule.interval <= max_interval, "interval must be at most 10 years");
  require(rule.algorithm != Algorithm::gcra || rule.interval.count() >= rule.max_requests,
          "interval must be at least 1 microsecond for each request with gcra");
  require(rule.cost > 0 && rule.cost <= rule.max_requests,
          "cost must be between 1 and max_requests");
  require(rule.throttle_key.size() <= 255, "throttle_key must have at most 255 bytes");
  require(std::all_of(rule.method.begin(), rule.method.end(), is_method),
          "method must be method names in capitals");
  for (const auto& scope : rule.scopes)
    require(auth::is_scope_token(scope), "scopes must be RFC 6749 scope-tokens");
  require(rule.name.size() <= max_text_size && is_visible(rule.name),
          "name must have at most 64 visible ASCII characters, without \" and \\");
  return rule;
}

}  // namespace webtool::throttle
