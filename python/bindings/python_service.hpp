// A token service written in Python. Backends only validate access tokens with it.
#pragma once

#include <nanobind/nanobind.h>

#include <webtool/auth/jwt_service.hpp>

namespace webtool::python {
namespace nb = nanobind;

class PythonService final : public auth::BaseJWTService {
 public:
  explicit PythonService(nb::object service) : service_(std::move(service)) {}

  awaitable<result<auth::Claims>> validate_access_token(std::string_view access) override;

  // The core never calls the functions below; Python code calls the Python object directly.
  awaitable<auth::TokenPair> create_token(const auth::Claims&, std::string_view) override;
  awaitable<result<auth::Claims>> validate_refresh_token(std::string_view) override;
  awaitable<result<auth::Claims>> validate_refresh_token(std::string_view,
                                                         std::string_view) override;
  awaitable<result<auth::TokenPair>> update_token(const auth::Claims&, std::string_view) override;
  awaitable<result<auth::TokenPair>> update_token(const auth::Claims&, std::string_view,
                                                  std::string_view) override;
  awaitable<result<void>> invalidate_token(std::string_view) override;
  awaitable<result<void>> invalidate_token(std::string_view, std::string_view) override;
  awaitable<result<std::size_t>> invalidate_all(std::string_view) override;
  awaitable<result<std::size_t>> invalidate_others(std::string_view) override;
  awaitable<result<std::vector<std::string>>> search_token(std::string_view) override;
  awaitable<result<std::vector<std::string>>> search_token(std::string_view,
                                                           std::string_view) override;
  awaitable<std::vector<auth::SessionInfo>> sessions(std::string_view, std::string_view) override;
  awaitable<bool> end_session(std::string_view, std::string_view) override;
  awaitable<void> end_sessions(std::string_view) override;

 private:
  nb::object service_;
};

}  // namespace webtool::python
