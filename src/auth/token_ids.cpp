#include <webtool/auth/token_ids.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "core/random.hpp"

namespace webtool::auth {
namespace {

constexpr std::string_view digits = "0123456789abcdef";
constexpr std::size_t id_size = Id::max_size;
constexpr std::size_t microsecond_size = 5;

// From 0 on, also before 1970.
std::chrono::microseconds microsecond_of(Timestamp time) {
  return time - std::chrono::floor<std::chrono::seconds>(time);
}

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

std::string make_issue(Timestamp issued) {
  auto issue = make_id();
  fmt::format_to_n(issue.begin(), microsecond_size, FMT_STRING("{:05x}"),
                   microsecond_of(issued).count());
  return issue;
}

Timestamp issue_time(Timestamp iat, std::string_view refresh) noexcept {
  using std::chrono::microseconds;
  if (microsecond_of(iat) != microseconds(0)) return iat;
  const auto text = refresh.substr(0, microsecond_size);
  microseconds::rep count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count, 16);
  const microseconds rest(count);
  // An issue that an older version made is random in these digits too.
  const bool valid = error == std::errc{} && end == text.data() + text.size() &&
                     text.size() == microsecond_size && count >= 0 &&
                     rest < std::chrono::seconds(1);
  return valid ? iat + rest : iat;
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
