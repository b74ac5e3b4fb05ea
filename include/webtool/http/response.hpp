// What a handler gives back, and the short ways to make one.
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

  /// 200 to 599. With 204 and 304 no body is sent.
  unsigned status = 200;
  std::string body{};

  /// Gives the response that header field, in place of any of that name. Throws
  /// std::invalid_argument where name or value could not be sent as they are (a line break would
  /// start a field of its own), or where the field is the server's to set: Connection,
  /// Content-Length, Date, Transfer-Encoding.
  Response& set(std::string_view name, std::string_view value) &;
  Response set(std::string_view name, std::string_view value) &&;
  /// The same beside those of that name: Set-Cookie needs it.
  Response& add(std::string_view name, std::string_view value) &;
  Response add(std::string_view name, std::string_view value) &&;

  /// The first header field of that name. Letter case does not matter.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
  [[nodiscard]] const std::vector<Field>& fields() const noexcept { return fields_; }

 private:
  std::vector<Field> fields_;
};

/// `body` is JSON already; so is any other text.
[[nodiscard]] Response json(unsigned status, std::string body);
template <class Text>
requires std::is_same_v < std::decay_t<Text>,
char* > || std::is_same_v<std::decay_t<Text>, const char*> ||
    std::is_same_v<std::decay_t<Text>, std::string_view> [[nodiscard]] Response json(
        unsigned status, const Text& body) {
  return json(status, std::string(body));
}
/// `value` as JSON. For a text that is to be quoted: `boost::json::value("text")`.
[[nodiscard]] Response json(unsigned status, const boost::json::value& value);

[[nodiscard]] Response text(unsigned status, std::string body);

/// An error as RFC 9457 has it. Without a title it has the status's own name. Never cached.
[[nodiscard]] Response problem(unsigned status, std::string_view title = {},
                               std::string_view detail = {});

}  // namespace webtool::http
