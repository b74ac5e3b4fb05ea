#include "service_options.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "keys.hpp"
#include "manager.hpp"
#include "values.hpp"

namespace webtool::python {
namespace {

// If `algorithm` is given, the key of a user's manager need not be readable here.
std::string algorithm_of(nb::handle secret_key, nb::handle algorithm) {
  if (!algorithm.is_none()) return to_text(algorithm, "algorithm");
  return std::string(name(to_key_ring(secret_key).signing_key().algorithm()));
}

auth::Validation to_validation(const std::string& text) {
  if (text == "session") return auth::Validation::session;
  if (text == "stateless") return auth::Validation::stateless;
  throw std::invalid_argument("validation must be 'session' or 'stateless'");
}

}  // namespace

auth::JWTServiceOptions to_options(const ServiceArguments& given, ServiceTraits& traits) {
  auth::JWTServiceOptions options;
  options.access_token_expire_time =
      to_duration(given.access_token_expire_time, "access_token_expire_time");
  options.refresh_token_expire_time =
      to_duration(given.refresh_token_expire_time, "refresh_token_expire_time");
  options.session_expire_time =
      given.session_expire_time.is_none()
          ? std::max(options.session_expire_time, options.refresh_token_expire_time)
          : to_duration(given.session_expire_time, "session_expire_time");
  options.rotation_grace = to_duration(given.rotation_grace, "rotation_grace");
  options.max_sessions = given.max_sessions;
  options.validation = to_validation(given.validation);
  traits.access_token_expire_time = options.access_token_expire_time;
  traits.refresh_token_expire_time = options.refresh_token_expire_time;

  const auto manager = given.jwt_manager;
  if (!manager.is_none() && !manager.type().is(nb::type<ManagerRules>())) {
    traits.algorithm = algorithm_of(given.secret_key, given.algorithm);
    options.jwt_manager = std::make_shared<PythonManager>(
        nb::borrow(manager), nb::borrow(given.secret_key), traits.algorithm);
    return options;
  }
  if (!manager.is_none()) options.claims = nb::cast<const ManagerRules&>(manager).options;
  options.secret_key = to_key_ring(given.secret_key);
  options.algorithm = to_algorithm(given.algorithm);
  traits.algorithm =
      name(options.algorithm ? *options.algorithm : options.secret_key->signing_key().algorithm());
  return options;
}

}  // namespace webtool::python
