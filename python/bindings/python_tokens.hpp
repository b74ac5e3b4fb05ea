// A token service written in Python, as backends see it: it says what an access token says.
#pragma once

#include <nanobind/nanobind.h>

#include <webtool/auth/access_tokens.hpp>

namespace webtool::python {
namespace nb = nanobind;

class PythonTokens final : public auth::AccessTokens {
 public:
  /// `service` has a method validate_access_token.
  explicit PythonTokens(nb::object service) : service_(std::move(service)) {}

  result<auth::Checked> check(auth::AccessTokenView access) override;
  awaitable<result<auth::Claims>> finish(auth::Checked checked) override;

 private:
  nb::object service_;
};

}  // namespace webtool::python
