// Bytes of a server, however split: the same replies, or the same refusal, and never more memory
// than the bound allows. The first byte says where to split.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "redis/reply_reader.hpp"

namespace {

using webtool::redis::Reply;

constexpr std::size_t max_reply_size = 1000;

void append(std::string& out, const Reply& reply) {
  out += static_cast<char>('a' + reply.value.index());
  if (const auto* number = reply.integer()) out += std::to_string(*number);
  if (const auto* text = reply.string()) out += *text;
  if (const auto* error = std::get_if<Reply::ErrorText>(&reply.value)) out += error->text;
  if (const auto* items = reply.array()) {
    if (items->size() > max_reply_size) std::abort();
    for (const Reply& item : *items) append(out, item);
  }
}

std::string read(std::string_view first, std::string_view second) {
  webtool::redis::ReplyReader reader(max_reply_size);
  std::string seen;
  const auto see = [&](Reply&& reply) { append(seen, reply); };
  const bool sound = reader.feed(first, see) && reader.feed(second, see);
  return seen + (sound ? '+' : '-');
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  const std::size_t split = bytes.empty() ? 0 : data[0] % bytes.size();
  if (read(bytes, "") != read(bytes.substr(0, split), bytes.substr(split))) std::abort();
  return 0;
}
