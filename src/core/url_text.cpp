#include "core/url_text.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <utility>

#include "core/percent.hpp"

namespace webtool {

std::string_view take_until(std::string_view& text, char mark) {
  const std::size_t end = std::min(text.find(mark), text.size());
  const std::string_view head = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return head;
}

void UrlText::refuse(std::string_view words) const {
  throw std::invalid_argument(std::string(kind_).append(": ").append(words));
}

std::string UrlText::decode(std::string_view text, std::string_view piece) const {
  auto decoded = percent_decode(text);
  if (!decoded) refuse(std::string(piece) + " has a % without two hex digits");
  return std::move(*decoded);
}

long long UrlText::number(std::string_view text, long long least, long long most,
                          std::string_view piece) const {
  long long value = 0;
  const auto [end, error] = std::from_chars(text.begin(), text.end(), value);
  const bool digits_only = !text.empty() && text.front() != '-' && end == text.end();
  if (!digits_only || error != std::errc() || value < least || value > most) {
    refuse(std::string(piece) + " must be a number from " + std::to_string(least) + " to " +
           std::to_string(most));
  }
  return value;
}

}  // namespace webtool
