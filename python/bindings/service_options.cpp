#include "service_options.hpp"

#include <algorithm>
#include <memory>

#include "keys.hpp"
#include "manager.hpp"

namespace webtool::python {
namespace {

// If `algorithm` is given, the key of a user's manager need not be readable here.
std::string algorithm_of(const ServiceArguments& given) {
  if (given.algorithm_name) return *given.algorithm_name;
  return std::string(name(to_key_ring(given.key.object).signing_key().algorithm()));
}

}  // namespace

auth::JWTServiceOptions to_options(ServiceArguments given, ServiceTraits& traits) {
  given.session_expire_time = given.session_time.value_or(
      std::max(given.session_expire_time, given.refresh_token_expire_time));
  traits.access_token_expire_time = given.access_token_expire_time;
  traits.refresh_token_expire_time = given.refresh_token_expire_time;

  const auto manager = given.manager ? given.manager->object : nb::none();
  if (!manager.is_none() && !manager.type().is(nb::type<ManagerRules>())) {
    traits.algorithm = algorithm_of(given);
    given.jwt_manager =
        std::make_shared<PythonManager>(manager, given.key.object, traits.algorithm);
    return given;
  }
  if (!manager.is_none()) given.claims = nb::cast<const ManagerRules&>(manager).options;
  given.secret_key = to_key_ring(given.key.object);
  given.algorithm = to_algorithm(given.algorithm_name);
  traits.algorithm =
      name(given.algorithm ? *given.algorithm : given.secret_key->signing_key().algorithm());
  return given;
}

}  // namespace webtool::python
