// An ASGI scope as the request the core looks at.
#pragma once

#include <nanobind/nanobind.h>

#include <optional>

#include <webtool/auth/auth_data.hpp>
#include <webtool/auth/request_view.hpp>

namespace webtool::python {
namespace nb = nanobind;

class AsgiRequest final : public auth::RequestView {
 public:
  /// Throws TypeError for what is no scope of an HTTP request or websocket.
  explicit AsgiRequest(nb::object scope);

  [[nodiscard]] std::string_view method() const override { return method_; }
  [[nodiscard]] std::string_view path() const override { return path_; }
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name,
                                                       std::size_t nth) const override;
  [[nodiscard]] boost::asio::ip::address peer() const override;
  /// Whether it came without TLS, as far as the ASGI server knows.
  [[nodiscard]] bool is_plain() const;

  [[nodiscard]] nb::handle scope() const { return scope_; }

  /// Who makes the request, where that has been found out before.
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
