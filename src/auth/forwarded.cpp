#include "auth/forwarded.hpp"

#include <algorithm>
#include <string>

namespace webtool::auth {
namespace {

namespace ip = boost::asio::ip;

constexpr std::string_view white_space = " \t";
constexpr std::string_view digits = "0123456789";
// The characters of an obfuscated port (RFC 7239 §6.3) and of a zone.
constexpr std::string_view name_characters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

bool made_of(std::string_view text, std::string_view characters) noexcept {
  return !text.empty() && text.find_first_not_of(characters) == std::string_view::npos;
}

std::string_view trimmed(std::string_view text) noexcept {
  text.remove_prefix(std::min(text.find_first_not_of(white_space), text.size()));
  return text.substr(0, text.find_last_not_of(white_space) + 1);
}

bool is_for(std::string_view name) noexcept {
  return name.size() == 3 && (name[0] | 0x20) == 'f' && (name[1] | 0x20) == 'o' &&
         (name[2] | 0x20) == 'r';
}

/// Returns whether an odd number of backslashes ends at `end`.
bool escaped(std::string_view text, std::size_t end) noexcept {
  std::size_t at = end;
  while (at > 0 && text[at - 1] == '\\') --at;
  return (end - at) % 2 == 1;
}

bool is_port(std::string_view text) noexcept {
  if (text.starts_with('_')) return made_of(text.substr(1), name_characters);
  return text.size() <= 5 && made_of(text, digits);
}

std::optional<ip::address> parse_v6(std::string_view text) {
  const auto percent = text.find('%');
  if (percent != std::string_view::npos) {
    if (!made_of(text.substr(percent + 1), name_characters)) return std::nullopt;
    text = text.substr(0, percent);
  }
  if (text.find(':') == std::string_view::npos) return std::nullopt;
  return parse_address(text);
}

/// Parses a node of RFC 7239 §6, or its form in X-Forwarded-For, where brackets may be missing.
std::optional<ip::address> parse_node(std::string_view node) {
  if (node.starts_with('[')) {
    const auto end = node.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const auto after = node.substr(end + 1);
    if (!after.empty() && (after[0] != ':' || !is_port(after.substr(1)))) return std::nullopt;
    return parse_v6(node.substr(1, end - 1));
  }
  const auto colon = node.find(':');
  if (colon == std::string_view::npos) return parse_address(node);
  if (node.find(':', colon + 1) != std::string_view::npos) return parse_v6(node);
  if (!is_port(node.substr(colon + 1))) return std::nullopt;
  return parse_address(node.substr(0, colon));
}

/// Removes a quoted string from the front of `text` and returns its content.
std::optional<std::string> take_quoted(std::string_view& text) {
  std::string content;
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '"') {
      text.remove_prefix(at + 1);
      return content;
    }
    if (text[at] == '\\' && ++at == text.size()) break;
    content += text[at];
  }
  return std::nullopt;
}

std::optional<std::string> take_value(std::string_view& text) {
  if (text.starts_with('"')) return take_quoted(text);
  // Accepts more than a token, because some proxies send addresses with ports without quotes.
  const auto end = std::min(text.find_first_of("; \t\",=\\"), text.size());
  std::string value(text.substr(0, end));
  text.remove_prefix(end);
  return value;
}

/// Returns the `for` of a forwarded-element (RFC 7239 §4). Returns nothing for an element that is
/// not well-formed or has two.
std::optional<std::string> for_parameter(std::string_view element) {
  std::optional<std::string> found;
  for (auto left = trimmed(element); !left.empty(); left = trimmed(left)) {
    if (left.starts_with(';')) {
      left.remove_prefix(1);
      continue;
    }
    const auto equals = left.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const auto name = left.substr(0, equals);
    if (!made_of(name, name_characters)) return std::nullopt;
    left.remove_prefix(equals + 1);
    auto value = take_value(left);
    if (!value || (is_for(name) && found)) return std::nullopt;
    if (is_for(name)) found = std::move(value);
    const auto next = trimmed(left);
    if (!next.empty() && next[0] != ';') return std::nullopt;
  }
  return found;
}

}  // namespace

LastHop split_last_hop(std::string_view line, ProxyHeader header) noexcept {
  const bool too_long = line.size() > max_hop_size;
  const auto seen = too_long ? line.substr(line.size() - max_hop_size) : line;
  bool quoted = false;
  for (std::size_t at = seen.size(); at-- > 0;) {
    // Scanning from the right, the first quote is a closing quote. Inside quotes, an escaped quote
    // does not count.
    if (seen[at] == '"' && header == ProxyHeader::forwarded) {
      if (!quoted || !escaped(seen, at)) quoted = !quoted;
    } else if (seen[at] == ',' && !quoted) {
      const auto rest = line.substr(0, line.size() - seen.size() + at);
      return {trimmed(seen.substr(at + 1)), rest};
    }
  }
  if (too_long) return {};
  return {trimmed(seen), std::nullopt};
}

std::optional<ip::address> parse_hop(std::string_view hop, ProxyHeader header) {
  if (header == ProxyHeader::x_forwarded_for) return parse_node(hop);
  const auto node = for_parameter(hop);
  if (!node) return std::nullopt;
  return parse_node(*node);
}

std::optional<ip::address> parse_address(std::string_view text) {
  // Refuses characters that the system's functions would read as a zone or as the end of the text.
  constexpr std::size_t max_size = 45;
  if (text.size() > max_size || !made_of(text, "0123456789abcdefABCDEF:.")) return std::nullopt;
  boost::system::error_code error;
  const auto address = ip::make_address(std::string(text), error);
  if (error) return std::nullopt;
  return normalised(address);
}

ip::address normalised(const ip::address& address) {
  if (address.is_v4()) return address;
  const auto v6 = address.to_v6();
  if (v6.is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, v6);
  return ip::address_v6(v6.to_bytes());
}

}  // namespace webtool::auth
