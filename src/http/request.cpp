#include <webtool/http/request.hpp>

#include <webtool/jose/json.hpp>

#include <stdexcept>

#include "http/target.hpp"
#include "http/text.hpp"

namespace webtool::http {

std::optional<std::string_view> Request::header(std::string_view name, std::size_t nth) const {
  for (const auto& field : parts_.fields) {
    if (equal_ignoring_case(field.name, name) && nth-- == 0) return field.value;
  }
  return std::nullopt;
}

std::optional<std::string> Request::query(std::string_view name) const {
  return find_in_query(parts_.query, name);
}

std::string_view Request::parameter(std::string_view name) const {
  for (const auto& parameter : parts_.parameters) {
    if (parameter.name == name) return parameter.value;
  }
  throw std::invalid_argument("the route has no parameter {" + std::string(name) + "}");
}

result<boost::json::object> Request::json() const {
  if (auto object = jose::parse_strict_object(parts_.body)) return std::move(*object);
  return make_error_code(boost::system::errc::invalid_argument);
}

result<Form> Request::form() const {
  const auto type = header("Content-Type").value_or("");
  auto media_type = type.substr(0, type.find(';'));
  while (!media_type.empty() && is_blank(media_type.back())) media_type.remove_suffix(1);
  const bool is_form = equal_ignoring_case(media_type, "application/x-www-form-urlencoded");
  if (!is_form || header("Content-Type", 1))
    return make_error_code(boost::system::errc::invalid_argument);
  return parse_form(parts_.body);
}

}  // namespace webtool::http
