#include "redis/server_error.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/url_text.hpp"

namespace webtool::redis {
namespace {

bool is_quote(char c) {
  return c == '\'' || c == '"' || c == '`';
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.';
}

// "... no permissions to run the 'config|get' command": the quoted text is a command of Redis, not
// user data, and it tells how to repair the error.
bool is_command_name(std::string_view quoted, std::string_view rest) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || c == '|' || c == '-'; };
  return quoted.size() <= 32 && std::all_of(quoted.begin(), quoted.end(), fits) &&
         rest.starts_with(" command");
}

// An apostrophe inside a word is not a quotation mark.
std::size_t first_quote(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i)
    if (is_quote(text[i]) && (i == 0 || !is_letter(text[i - 1]))) return i;
  return std::string_view::npos;
}

}  // namespace

std::string readable(std::string_view text) {
  constexpr std::size_t longest = 200;
  std::string out(text);
  if (const auto from = first_quote(text); from != std::string_view::npos) {
    const auto last = text.find_last_of("'\"`");
    // With a single mark, the end of the quotation was cut off.
    const bool is_whole = last > from;
    if (!is_whole ||
        !is_command_name(text.substr(from + 1, last - from - 1), text.substr(last + 1)))
      out = std::string(text.substr(0, from + 1)) + "..." +
            std::string(is_whole ? text.substr(last) : std::string_view());
  }
  if (out.size() > longest) out.resize(longest);
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return out;
}

std::string command_name(std::string_view wire) {
  // *<count>\r\n$<size>\r\n<name>\r\n
  const auto dollar = wire.find('$');
  const auto from = std::min(wire.find('\n', std::min(dollar, wire.size())), wire.size());
  const auto name = wire.substr(std::min(from + 1, wire.size()));
  const auto end = std::min(name.find('\r'), name.size());
  const auto word = name.substr(0, end);
  const bool is_word =
      !word.empty() && word.size() <= 32 && std::all_of(word.begin(), word.end(), is_letter);
  return is_word ? std::string(word) : "?";
}

Error server_error(std::string_view text) noexcept {
  static constexpr std::pair<std::string_view, Error> known[] = {
      {"LOADING", Error::loading},
      {"READONLY", Error::read_only},
      {"OOM", Error::out_of_memory},
      {"MOVED", Error::moved},
      {"ASK", Error::ask},
      {"CLUSTERDOWN", Error::cluster_down},
      {"TRYAGAIN", Error::try_again},
      {"MASTERDOWN", Error::master_down},
      {"NOREPLICAS", Error::no_replicas},
      {"CROSSSLOT", Error::cross_slot},
      {"NOSCRIPT", Error::no_script},
      {"NOAUTH", Error::no_permission},
      {"NOPERM", Error::no_permission},
      {"WRONGPASS", Error::no_permission},
      {"BUSY", Error::busy},
      {"WRONGTYPE", Error::wrong_type},
  };
  const std::string_view word = text.substr(0, text.find(' '));
  for (const auto& [name, error] : known) {
    if (word == name) return error;
  }
  if (text.starts_with("ERR max number of clients")) return Error::max_clients;
  return Error::server_error;
}

std::optional<Redirect> redirect_of(std::string_view text) {
  // MOVED <slot> <host>:<port>. An empty host means the server that sent the reply.
  const std::string_view word = take_until(text, ' ');
  if (word != "MOVED" && word != "ASK") return std::nullopt;
  const std::string_view slot = take_until(text, ' ');
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  Redirect redirect;
  redirect.host = text.substr(0, colon);
  const auto number = [](std::string_view digits, unsigned most) -> std::optional<unsigned> {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), value);
    if (digits.empty() || error != std::errc() || end != digits.end() || value > most)
      return std::nullopt;
    return value;
  };
  const auto slot_number = number(slot, 16'383), port = number(text.substr(colon + 1), 65'535);
  if (!slot_number || !port || *port == 0) return std::nullopt;
  redirect.slot = static_cast<std::uint16_t>(*slot_number);
  redirect.port = static_cast<std::uint16_t>(*port);
  return redirect;
}

}  // namespace webtool::redis
