// Managers in Python have no key: as in the original, every call passes the key. The core's
// managers have their keys. The classes here connect the two.
#pragma once

#include <nanobind/nanobind.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <webtool/auth/jwt_manager.hpp>

namespace webtool::python {
namespace nb = nanobind;

/// webtool.auth.JWTManager: rules for claims. If a service has exactly this class, the core's own
/// manager does the work without calls to Python.
struct ManagerRules {
  auth::JWTManagerOptions options{};

  /// Returns the core's manager with these rules and this key. The latest manager is kept with the
  /// contents of its key: a call with the same contents does not read the key again. A list or
  /// bytearray that has changed in place is another key. A file is read with every call.
  auth::JWTManager& manager_for(nb::handle secret_key, const std::optional<std::string>& algorithm);

 private:
  nb::object contents_{};
  std::optional<std::string> algorithm_{};
  std::shared_ptr<auth::JWTManager> latest_{};
};

/// A manager written in Python, together with the key for its calls.
class PythonManager final : public auth::BaseJWTManager {
 public:
  PythonManager(nb::object manager, nb::object secret_key, std::string_view algorithm);

  std::string encode(const auth::ClaimsSet& claims, auth::TokenType type) override;
  result<auth::Claims> decode(std::string_view token, auth::TokenType type, Timestamp now,
                              auth::Expiry expiry) override;

 private:
  nb::object manager_;
  nb::object secret_key_;
  nb::object algorithm_;
};

}  // namespace webtool::python
