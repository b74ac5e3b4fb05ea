// The response of a handler, and functions that create common responses.
#pragma once

#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace webtool::http {

class Response {
 public:
  struct Field {
    std::string name, value;
  };

  Response() = default;
  explicit Response(unsigned code, std::string content = {})
      : status(code), body(std::move(content)) {}

  /// From 200 to 599. The server sends no body with 204 and 304.
  unsigned status = 200;
  std::string body{};

  /// Sets a header field and replaces all fields with that name. Throws std::invalid_argument if
  /// the name or the value cannot be sent unchanged (a line break would start another field).
  /// Throws it also for the fields that only the server sets: Connection, Content-Length, Date,
  /// Transfer-Encoding.
  Response& set(std::string_view name, std::string_view value) &;
  Response set(std::string_view name, std::string_view value) &&;
  /// Like set, but keeps the fields with that name. Set-Cookie needs this.
  Response& add(std::string_view name, std::string_view value) &;
  Response add(std::string_view name, std::string_view value) &&;

  /// The first header field with that name. Letter case does not matter.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
  [[nodiscard]] const std::vector<Field>& fields() const noexcept { return fields_; }

 private:
  std::vector<Field> fields_;
};

/// `body` must be JSON text, also in the overload below.
[[nodiscard]] Response json(unsigned status, std::string body);
template <class Text>
requires std::is_same_v < std::decay_t<Text>,
char* > || std::is_same_v<std::decay_t<Text>, const char*> ||
    std::is_same_v<std::decay_t<Text>, std::string_view> [[nodiscard]] Response json(
        unsigned status, const Text& body) {
  return json(status, std::string(body));
}
/// Serializes `value` as JSON. For a JSON string, pass `boost::json::value("text")`.
[[nodiscard]] Response json(unsigned status, const boost::json::value& value);

[[nodiscard]] Response text(unsigned status, std::string body);

/// An error response of RFC 9457. The default title is the name of the status. It is never cached.
[[nodiscard]] Response problem(unsigned status, std::string_view title = {},
                               std::string_view detail = {});

}  // namespace webtool::http
