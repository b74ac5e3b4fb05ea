#include "auth/jwt_service_options.hpp"

#include <stdexcept>
#include <string>
#include <utility>

#include "core/option_check.hpp"

namespace webtool::auth {
namespace {

constexpr OptionCheck require("JWTServiceOptions");

jose::KeyRing pinned(const jose::KeyRing& ring, jose::Algorithm algorithm) {
  auto keys = ring.keys();
  keys.front() = keys.front().with_algorithm(algorithm);
  return jose::KeyRing(std::move(keys));
}

}  // namespace

std::shared_ptr<BaseJWTManager> make_manager(const JWTServiceOptions& options) {
  if (options.jwt_manager) {
    require(!options.secret_key && !options.algorithm,
            "jwt_manager excludes secret_key and algorithm; it has its own keys");
    return options.jwt_manager;
  }
  require(options.secret_key.has_value(), "secret_key is missing");
  if (!options.secret_key->signing_key().can_sign())
    throw jose::InvalidKey(
        "JWTServiceOptions::secret_key: the first key is public and cannot sign; put the private "
        "key first. To only check tokens, use JWTManager");
  auto rules = options.claims;
  if (rules.max_access_lifetime.count() == 0)
    rules.max_access_lifetime = options.access_token_expire_time;
  if (rules.max_refresh_lifetime.count() == 0)
    rules.max_refresh_lifetime = options.refresh_token_expire_time;
  return std::make_shared<JWTManager>(
      options.algorithm ? pinned(*options.secret_key, *options.algorithm) : *options.secret_key,
      std::move(rules));
}

void check_options(const JWTServiceOptions& options) {
  using namespace std::chrono_literals;
  require(options.access_token_expire_time > 0s, "access_token_expire_time must be positive");
  require(options.refresh_token_expire_time >= options.access_token_expire_time,
          "refresh_token_expire_time must not be shorter than access_token_expire_time");
  require(options.session_expire_time >= options.refresh_token_expire_time,
          "session_expire_time must not be shorter than refresh_token_expire_time");
  require(options.session_expire_time <= std::chrono::years(100),
          "session_expire_time must be at most 100 years");
  require(options.rotation_grace >= 0s && options.rotation_grace <= 5min,
          "rotation_grace must be between 0 and 5 minutes");
  require(options.max_sessions > 0 && options.max_sessions <= 10'000,
          "max_sessions must be between 1 and 10,000");
  require(static_cast<bool>(options.clock), "clock must be callable");
}

}  // namespace webtool::auth
