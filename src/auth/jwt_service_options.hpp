// Checks the options of a token service and makes its manager.
#pragma once

#include <memory>

#include <webtool/auth/jwt_service.hpp>

namespace webtool::auth {

/// Throws std::invalid_argument that names the invalid option.
void check_options(const JWTServiceOptions& options);

/// Returns the manager of the options, or a JWTManager with their keys and rules. Throws
/// std::invalid_argument, or jose::InvalidKey for keys that cannot sign.
[[nodiscard]] std::shared_ptr<BaseJWTManager> make_manager(const JWTServiceOptions& options);

}  // namespace webtool::auth
