// Managers in Python know no key: like those of the original, they get it with every call. What the
// core asks is a manager that has its keys; here the two come together.
#pragma once

#include <nanobind/nanobind.h>

#include <memory>
#include <string>
#include <string_view>

#include <webtool/auth/jwt_manager.hpp>

namespace webtool::python {
namespace nb = nanobind;

/// webtool.auth.JWTManager: rules for claims. Exactly this class, in a service, is no detour: the
/// core's own manager does the work.
struct ManagerRules {
  auth::JWTManagerOptions options{};

  /// The core's manager with these rules and that key. The latest one is kept, with what the key
  /// was made of: a call with the same contents does not read the key again, and a list or
  /// bytearray that has changed in place is another key. A file is read with every call.
  auth::JWTManager& manager_for(nb::handle secret_key, nb::handle algorithm);

 private:
  nb::object contents_{};
  nb::object algorithm_{};
  std::shared_ptr<auth::JWTManager> latest_{};
};

/// 'exact' or 'integer'. Throws std::invalid_argument for any other text.
[[nodiscard]] auth::NumericDates to_numeric_dates(const std::string& text);

/// A manager written in Python, together with the key it is to be called with.
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
