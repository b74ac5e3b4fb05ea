#include <webtool/auth/token_ids.hpp>

#include <algorithm>
#include <stdexcept>

#include "core/random.hpp"

namespace webtool::auth {
namespace {

constexpr std::string_view digits = "0123456789abcdef";
constexpr std::size_t id_size = Id::max_size;

}  // namespace

std::string make_id() {
  unsigned char random[id_size / 2];
  fill_random(random);
  std::string id;
  id.reserve(id_size);
  for (const auto byte : random) {
    id += digits[byte >> 4];
    id += digits[byte & 15];
  }
  return id;
}

std::optional<TokenIds> split_jti(std::string_view jti) noexcept {
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (jti.size() != 2 * id_size || !std::all_of(jti.begin(), jti.end(), is_digit))
    return std::nullopt;
  return TokenIds{jti.substr(0, id_size), jti.substr(id_size)};
}

Id paired_issue(std::string_view issue) {
  if (issue.size() > id_size) throw std::length_error("an issue has at most 16 characters");
  std::array<char, id_size> other;
  std::transform(issue.begin(), issue.end(), other.begin(),
                 [](char digit) { return digits[(15 - digits.find(digit)) % digits.size()]; });
  return Id(std::string_view(other.data(), issue.size()));
}

}  // namespace webtool::auth
