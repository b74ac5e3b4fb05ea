// A request, as handlers and guards receive it. Its string views point into the connection's buffer
// and are valid until the handler's coroutine ends. Copy texts that must live longer.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/json/object.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <webtool/auth/auth_data.hpp>
#include <webtool/auth/backend.hpp>
#include <webtool/auth/request_view.hpp>
#include <webtool/core/result.hpp>
#include <webtool/http/form.hpp>

namespace webtool::http {

/// The parsed but not decoded parts of a request. The server fills them in; tests of handlers can
/// fill them in too.
struct RequestParts {
  struct Field {
    std::string_view name, value;
  };
  struct Parameter {
    std::string_view name;
    std::string value;  ///< percent-decoded
  };

  std::string_view method{};
  std::string_view path{};   ///< as received, without the query
  std::string_view query{};  ///< as received, without the `?`
  std::vector<Field> fields{};
  std::vector<Parameter> parameters{};  ///< the values of the route's `{name}` parameters
  std::string body{};
  boost::asio::ip::address peer{};
};

class Request final : public auth::RequestView {
 public:
  /// `parts` must outlive the request.
  explicit Request(const RequestParts& parts) : parts_(parts) {}
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  [[nodiscard]] std::string_view method() const override { return parts_.method; }
  [[nodiscard]] std::string_view path() const override { return parts_.path; }
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name,
                                                       std::size_t nth = 0) const override;
  [[nodiscard]] boost::asio::ip::address peer() const override { return parts_.peer; }

  /// The first value with that name in the query, decoded (`+` is a space). A name without `=` has
  /// an empty value.
  [[nodiscard]] std::optional<std::string> query(std::string_view name) const;
  /// The decoded value of the route parameter `{name}`. It is never empty. Throws
  /// std::invalid_argument if the route has no such parameter.
  [[nodiscard]] std::string_view parameter(std::string_view name) const;
  [[nodiscard]] std::string_view body() const { return parts_.body; }
  /// Parses the body as a JSON object with jose::parse_strict_object. Every error is
  /// std::errc::invalid_argument.
  [[nodiscard]] result<boost::json::object> json() const;
  /// Parses the body as a form with parse_form. Every error is std::errc::invalid_argument. A
  /// Content-Type other than application/x-www-form-urlencoded is an error too.
  [[nodiscard]] result<Form> form() const;

  /// The authenticated user, the error if there is none, and the backend that was asked. A limit or
  /// a guard such as require_auth sets them.
  std::optional<auth::AuthData> auth{};
  boost::system::error_code auth_error{};
  /// False if `auth_backend` could not decide because its store failed. It is not asked again.
  bool auth_is_certain = true;
  const auth::BaseBackend* auth_backend = nullptr;

 private:
  const RequestParts& parts_;
};

}  // namespace webtool::http
