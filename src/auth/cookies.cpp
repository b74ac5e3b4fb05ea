#include "auth/cookies.hpp"

#include <webtool/jose/error.hpp>

#include <algorithm>
#include <optional>

namespace webtool::auth {
namespace {

using jose::TokenError;

constexpr std::size_t max_cookies = 256;

// RFC 6265 §4.1.1 allows quotes around a value, and some frameworks write them.
std::string_view unquoted(std::string_view value) {
  const bool is_quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
  return is_quoted ? value.substr(1, value.size() - 2) : value;
}

}  // namespace

result<std::string_view> find_cookie(const RequestView& request, std::string_view name) {
  std::optional<std::string_view> found;
  std::size_t cookies = 0;
  for (std::size_t nth = 0;; ++nth) {
    const auto header = request.header("cookie", nth);
    if (!header) break;
    // A header without cookies counts as one cookie, so that the number of such headers is limited
    // too.
    for (std::size_t start = 0; start <= header->size();) {
      if (++cookies > max_cookies) return TokenError::too_large;
      const auto end = std::min(header->find(';', start), header->size());
      auto pair = header->substr(start, end - start);
      start = end + 1;
      pair.remove_prefix(std::min(pair.find_first_not_of(" \t"), pair.size()));
      if (!pair.starts_with(name) || pair.substr(name.size(), 1) != "=") continue;
      if (found) return TokenError::multiple_credentials;
      found = unquoted(pair.substr(name.size() + 1));
    }
  }
  if (!found) return TokenError::no_credentials;
  return *found;
}

bool is_cookie_name(std::string_view text) noexcept {
  constexpr std::string_view separators = "()<>@,;:\\\"/[]?={} \t";
  const auto fits = [&](char c) {
    return c > ' ' && c < '\x7f' && separators.find(c) == std::string_view::npos;
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), fits);
}

bool is_cookie_value(std::string_view text) noexcept {
  const auto fits = [](char c) {
    return c > ' ' && c < '\x7f' && c != '"' && c != ',' && c != ';' && c != '\\';
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), fits);
}

}  // namespace webtool::auth
