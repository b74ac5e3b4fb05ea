#include "http/target.hpp"

#include <algorithm>
#include <array>

#include "core/percent.hpp"
#include "http/text.hpp"

namespace webtool::http {
namespace {

// True for visible ASCII without `#`, in which two hex digits follow each `%`. RFC 3986 excludes
// other characters such as "<" and "|", but browsers send them and they are harmless.
bool is_well_formed(std::string_view target) {
  for (std::size_t i = 0; i < target.size(); ++i) {
    const char c = target[i];
    if (c <= ' ' || c > '~' || c == '#') return false;
    if (c == '%' &&
        (i + 2 >= target.size() || hex_value(target[i + 1]) < 0 || hex_value(target[i + 2]) < 0)) {
      return false;
    }
  }
  return true;
}

// Removes "http://host" from "http://host/path". Returns false if the target does not start like
// that. The host is not used, but must not contain a user name.
bool remove_origin(std::string_view& target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!equal_ignoring_case(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(scheme.size());
    const auto host = target.substr(0, target.find_first_of("/?"));
    target.remove_prefix(host.size());
    return is_host(host) && !host.empty();
  }
  return false;
}

}  // namespace

bool split_target(std::string_view target, RequestParts& parts) {
  if (!is_well_formed(target)) return false;
  const bool is_asterisk = target == "*" && parts.method == "OPTIONS";
  const bool is_origin_form = target.starts_with('/');
  if (!is_asterisk && !is_origin_form && !remove_origin(target)) return false;
  const auto question_mark = std::min(target.find('?'), target.size());
  parts.path = question_mark == 0 ? "/" : target.substr(0, question_mark);
  parts.query = target.substr(std::min(question_mark + 1, target.size()));
  return true;
}

std::optional<std::string> form_decode(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return percent_decode(spaced);
}

std::optional<std::string> find_in_query(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    if (pair.empty()) continue;
    const auto key = pair.substr(0, pair.find('='));
    if (form_decode(key) != name) continue;
    return form_decode(pair.substr(std::min(key.size() + 1, pair.size())));
  }
  return std::nullopt;
}

}  // namespace webtool::http
