#include <webtool/http/response.hpp>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "http/render.hpp"
#include "http/text.hpp"

namespace webtool::http {
namespace {

void check_field(std::string_view name, std::string_view value) {
  if (!is_token(name)) throw std::invalid_argument("the name of a header field is not valid");
  for (const std::string_view own : {"connection", "content-length", "date", "transfer-encoding"}) {
    if (equal_ignoring_case(name, own)) {
      throw std::invalid_argument(std::string(name) + " can only be set by the server");
    }
  }
  if (std::any_of(value.begin(), value.end(), is_control)) {
    throw std::invalid_argument("there is a control character in the header field " +
                                std::string(name));
  }
}

}  // namespace

Response& Response::set(std::string_view name, std::string_view value) & {
  check_field(name, value);
  std::erase_if(fields_, [&](const Field& f) { return equal_ignoring_case(f.name, name); });
  fields_.push_back({std::string(name), std::string(value)});
  return *this;
}

Response& Response::add(std::string_view name, std::string_view value) & {
  check_field(name, value);
  fields_.push_back({std::string(name), std::string(value)});
  return *this;
}

Response Response::set(std::string_view name, std::string_view value) && {
  return std::move(set(name, value));
}

Response Response::add(std::string_view name, std::string_view value) && {
  return std::move(add(name, value));
}

std::optional<std::string_view> Response::header(std::string_view name) const {
  for (const auto& field : fields_) {
    if (equal_ignoring_case(field.name, name)) return field.value;
  }
  return std::nullopt;
}

Response json(unsigned status, std::string body) {
  return Response(status, std::move(body)).set("Content-Type", "application/json");
}

Response json(unsigned status, const boost::json::value& value) {
  return json(status, boost::json::serialize(value));
}

Response text(unsigned status, std::string body) {
  return Response(status, std::move(body)).set("Content-Type", "text/plain; charset=utf-8");
}

Response problem(unsigned status, std::string_view title, std::string_view detail) {
  boost::json::object body;
  body["title"] = title.empty() ? reason_phrase(status) : title;
  body["status"] = status;
  if (!detail.empty()) body["detail"] = detail;
  return Response(status, boost::json::serialize(body))
      .set("Content-Type", "application/problem+json")
      .set("Cache-Control", "no-store");
}

}  // namespace webtool::http
