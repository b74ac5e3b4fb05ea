// Bytes of a server, however split: the same replies as a simple model reads, or a refusal. The
// first byte says where to split.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "redis/reply_reader.hpp"

namespace {

using webtool::redis::Reply;
using webtool::redis::ReplyReader;

constexpr std::size_t max_reply_size = 1000;

// Reads a whole reply, level by level. It knows no refusals, only replies that are correct.
class Model {
 public:
  explicit Model(std::string_view bytes) : rest_(bytes) {}

  std::optional<Reply> read(std::size_t depth = 0) {
    const std::size_t end = rest_.find("\r\n");
    if (end == 0 || end == std::string_view::npos) return std::nullopt;
    const char type = rest_[0];
    const std::string line(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 2);
    const bool plain = line.find_first_of("\r\n") == std::string::npos;
    if (type == '+' && plain) return Reply{line};
    if (type == '-' && plain) return Reply{Reply::ErrorText{line}};
    const std::int64_t number = std::strtoll(line.c_str(), nullptr, 10);
    if (std::to_string(number) != line) return std::nullopt;
    if (type == ':') return Reply{number};
    if (type != '$' && type != '*') return std::nullopt;
    if (number == -1) return Reply{};
    if (number < 0) return std::nullopt;
    return type == '$' ? text(static_cast<std::size_t>(number)) : array(number, depth + 1);
  }
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::optional<Reply> text(std::size_t size) {
    if (rest_.size() < 2 || size > rest_.size() - 2) return std::nullopt;
    if (rest_.substr(size, 2) != "\r\n") return std::nullopt;
    const std::string value(rest_.substr(0, size));
    rest_.remove_prefix(size + 2);
    return Reply{value};
  }
  std::optional<Reply> array(std::int64_t size, std::size_t depth) {
    if (depth > ReplyReader::max_depth) return std::nullopt;
    Reply::Array items;
    for (std::int64_t i = 0; i < size; ++i) {
      std::optional<Reply> item = read(depth);
      if (!item) return std::nullopt;
      items.push_back(*std::move(item));
    }
    return Reply{std::move(items)};
  }

  std::string_view rest_;
};

void append(std::string& out, const Reply& reply) {
  out += static_cast<char>('a' + reply.value.index());
  if (const auto* number = reply.integer()) out += std::to_string(*number);
  if (const auto* text = reply.string()) out += *text;
  if (const auto* error = std::get_if<Reply::ErrorText>(&reply.value)) out += error->text;
  if (const auto* items = reply.array()) {
    out += std::to_string(items->size());
    for (const Reply& item : *items) append(out, item);
  }
  out += '\n';
}

struct Outcome {
  std::string replies;
  bool sound = true;
  bool operator==(const Outcome&) const = default;
};

Outcome read(std::string_view first, std::string_view second) {
  ReplyReader reader(max_reply_size);
  Outcome outcome;
  const auto see = [&](Reply&& reply) { append(outcome.replies, reply); };
  outcome.sound = reader.feed(first, see) && reader.feed(second, see);
  return outcome;
}

void compare_with_model(std::string_view bytes, const Outcome& outcome) {
  std::string expected;
  while (!bytes.empty()) {
    Model model(bytes);
    const std::optional<Reply> reply = model.read();
    if (!reply || bytes.size() - model.rest().size() > max_reply_size) break;
    append(expected, *reply);
    bytes = model.rest();
  }
  if (outcome.replies != expected) std::abort();
  if (bytes.empty() && !outcome.sound) std::abort();
  if (bytes.size() > max_reply_size && outcome.sound) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  const std::size_t split = bytes.empty() ? 0 : data[0] % bytes.size();
  const Outcome outcome = read(bytes, "");
  if (outcome != read(bytes.substr(0, split), bytes.substr(split))) std::abort();
  compare_with_model(bytes, outcome);
  return 0;
}
