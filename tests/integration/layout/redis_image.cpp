#include "integration/layout/redis_image.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace webtool::test {
namespace {

constexpr std::int64_t minute = 60'000;

std::string text_of(const redis::Reply& reply) {
  return *reply.string();
}

// As redis-cli reads it.
std::string in_quotes(std::string_view bytes) {
  std::string out = "\"";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out.append(1, '\\').append(1, c);
    else if (byte >= 0x20 && byte < 0x7f)
      out += c;
    else
      out += fmt::format("\\x{:02x}", byte);
  }
  return out + '"';
}

// Returns the next word of a command and removes it from the front of `line`.
std::string take_word(std::string_view& line) {
  std::string word;
  if (!line.starts_with('"')) {
    const auto end = std::min(line.find(' '), line.size());
    word = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    return word;
  }
  std::size_t at = 1;
  for (; line.at(at) != '"'; ++at) {
    if (line[at] != '\\') {
      word += line[at];
    } else if (line.at(++at) == 'x') {
      word += static_cast<char>(std::stoi(std::string(line.substr(at + 1, 2)), nullptr, 16));
      at += 2;
    } else {
      word += line[at];
    }
  }
  line.remove_prefix(std::min(at + 2, line.size()));
  return word;
}

std::string words_of(std::string_view state) {
  std::string out = "# words:";
  for (; state.size() >= sizeof(double); state.remove_prefix(sizeof(double))) {
    double word = 0;
    std::memcpy(&word, state.data(), sizeof word);
    out += fmt::format(" {:.0f}", word);
  }
  return out + '\n';
}

}  // namespace

std::string image_of(RedisServer& server) {
  std::set<std::string> keys;
  const auto all = server.command({"KEYS", "*"});
  for (const auto& key : *all.array()) keys.insert(text_of(key));
  std::string image;
  for (const auto& key : keys) {
    if (text_of(server.command({"TYPE", key})) == "hash") {
      std::set<std::string> lines;
      const auto flat = server.command({"HGETALL", key});
      const auto& items = *flat.array();
      for (std::size_t i = 0; i < items.size(); i += 2)
        lines.insert(fmt::format("HSET {} {} {}\n", key, text_of(items[i]),
                                 in_quotes(text_of(items[i + 1]))));
      for (const auto& line : lines) image += line;
    } else {
      const auto value = text_of(server.command({"GET", key}));
      if (key.find("}:limit:") != std::string::npos) image += words_of(value);
      image += fmt::format("SET {} {}\n", key, in_quotes(value));
    }
    const auto left = *server.command({"PTTL", key}).integer();
    if (left >= 0)
      image += fmt::format("PEXPIRE {} {}\n", key, (left + minute - 1) / minute * minute);
  }
  return image;
}

void load(RedisServer& server, std::string_view image) {
  std::istringstream lines{std::string(image)};
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    std::vector<std::string> command;
    for (std::string_view rest = line; !rest.empty();) command.push_back(take_word(rest));
    server.command(command);
  }
}

}  // namespace webtool::test
