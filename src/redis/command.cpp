#include <webtool/redis/command.hpp>

#include <charconv>

namespace webtool::redis {
namespace {

/// `mark`, the number, CRLF: the head of every RESP item.
void append_head(std::string& out, char mark, long long number) {
  char digits[24] = {mark};
  char* end = std::to_chars(digits + 1, digits + sizeof digits, number).ptr;
  *end++ = '\r';
  *end++ = '\n';
  out.append(digits, end);
}

}  // namespace

Command& Command::add(std::string_view argument) {
  append_head(body_, '$', static_cast<long long>(argument.size()));
  body_.append(argument).append("\r\n", 2);
  ++count_;
  return *this;
}

Command& Command::add(Key argument) {
  const auto size = argument.prefix.size() + argument.name.size();
  append_head(body_, '$', static_cast<long long>(size));
  if (key_at_ == 0) {
    key_at_ = body_.size();
    key_size_ = size;
  }
  body_.append(argument.prefix).append(argument.name).append("\r\n", 2);
  ++count_;
  return *this;
}

std::string_view Command::key() const noexcept {
  return std::string_view(body_).substr(key_at_, key_size_);
}

Command& Command::add_integer(long long argument) {
  char digits[24];
  const char* end = std::to_chars(digits, digits + sizeof digits, argument).ptr;
  return add(std::string_view(digits, end));
}

std::string Command::encode() const {
  std::string wire;
  wire.reserve(body_.size() + 24);
  append_head(wire, '*', static_cast<long long>(count_));
  return wire.append(body_);
}

}  // namespace webtool::redis
