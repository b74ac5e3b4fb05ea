// A request as handlers and guards see it: views into the connection's buffer, which stay valid
// until the handler's coroutine ends. Copy what must live longer.
#pragma once

#include <webtool/auth/auth_data.hpp>
#include <webtool/auth/backend.hpp>
#include <webtool/auth/request_view.hpp>
#include <webtool/core/result.hpp>
#include <webtool/http/form.hpp>

#include <boost/asio/ip/address.hpp>
#include <boost/json/object.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace webtool::http {

/// What a request consists of, taken apart but not decoded. The server fills it in; so may a test
/// of a handler.
struct RequestParts {
  struct Field {
    std::string_view name, value;
  };
  struct Parameter {
    std::string_view name;
    std::string value;  ///< percent-decoded
  };

  std::string_view method{};
  std::string_view path{};   ///< as sent, without the query
  std::string_view query{};  ///< as sent, without the `?`
  std::vector<Field> fields{};
  std::vector<Parameter> parameters{};  ///< what the route's `{name}`s stand for
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

  /// The first value of that name in the query, decoded (`+` is a space); empty for a bare name.
  [[nodiscard]] std::optional<std::string> query(std::string_view name) const;
  /// What `{name}` of the route stands for, decoded, never empty. Throws std::invalid_argument
  /// where the route has no such parameter.
  [[nodiscard]] std::string_view parameter(std::string_view name) const;
  [[nodiscard]] std::string_view body() const { return parts_.body; }
  /// The body as a JSON object, read strictly: see jose::parse_strict_object. The error is
  /// std::errc::invalid_argument, whatever is wrong with it.
  [[nodiscard]] result<boost::json::object> json() const;
  /// The body as a form: see parse_form. The error is std::errc::invalid_argument, also where the
  /// Content-Type is not application/x-www-form-urlencoded.
  [[nodiscard]] result<Form> form() const;

  /// Who makes the request, once a limit or a guard such as require_auth has found out, or why that
  /// is nobody, and by which backend.
  std::optional<auth::AuthData> auth{};
  boost::system::error_code auth_error{};
  /// False if `auth_backend` could not tell, since its store failed; it is not asked again.
  bool auth_is_certain = true;
  const auth::BaseBackend* auth_backend = nullptr;

 private:
  const RequestParts& parts_;
};

}  // namespace webtool::http
