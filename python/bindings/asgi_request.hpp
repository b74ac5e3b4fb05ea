// An ASGI scope as a request of the core.
#pragma once

#include <nanobind/nanobind.h>

#include <optional>

#include <webtool/auth/auth_data.hpp>
#include <webtool/auth/request_view.hpp>

namespace webtool::python {
namespace nb = nanobind;

class AsgiRequest final : public auth::RequestView {
 public:
  /// Throws TypeError if `scope` is not the scope of an HTTP request or websocket.
  explicit AsgiRequest(nb::object scope);

  [[nodiscard]] std::string_view method() const override { return method_; }
  [[nodiscard]] std::string_view path() const override { return path_; }
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name,
                                                       std::size_t nth) const override;
  [[nodiscard]] boost::asio::ip::address peer() const override;
  /// Returns whether the request came without TLS, according to the ASGI server.
  [[nodiscard]] bool is_plain() const;

  [[nodiscard]] nb::handle scope() const { return scope_; }

  /// The result of an earlier authentication, if there was one.
  struct Known {
    std::optional<auth::AuthData> auth;
    bool certain = true;
  };
  std::optional<Known> known{};

 private:
  nb::object scope_;
  nb::object method_text_;
  nb::object path_text_;
  nb::object headers_;
  std::string_view method_;
  std::string_view path_;
};

}  // namespace webtool::python
