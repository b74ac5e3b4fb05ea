#include "redis/reply_reader.hpp"

#include <hiredis/read.h>

#include <new>
#include <utility>

namespace webtool::redis {
namespace {

using Building = ReplyReader::Building;

// A reply is built in place: hiredis passes the array of a value to each callback. An array does
// not grow while one of its values is being built, so these pointers stay valid.
//
// hiredis reads null as "out of memory" and stops. No exception may pass through its C code.
template <class Value>
void* put(const redisReadTask* task, Value&& value) noexcept try {
  auto& building = *static_cast<Building*>(task->privdata);
  if (task->parent == nullptr) {
    building.root.value = std::forward<Value>(value);
    return &building.root;
  }
  auto& siblings = std::get<Reply::Array>(static_cast<Reply*>(task->parent->obj)->value);
  siblings.emplace_back();
  siblings.back().value = std::forward<Value>(value);
  return &siblings.back();
} catch (const std::bad_alloc&) {
  return nullptr;
}

void* put_string(const redisReadTask* task, char* text, std::size_t size) noexcept try {
  std::string value(text, size);
  if (task->type == REDIS_REPLY_ERROR) return put(task, Reply::ErrorText{std::move(value)});
  return put(task, std::move(value));
} catch (const std::bad_alloc&) {
  return nullptr;
}

void* put_array(const redisReadTask* task, int size) noexcept {
  // Do not reserve memory for the length that the server claims. Refuse a length that cannot fit
  // into max_size before its values arrive.
  auto& building = *static_cast<Building*>(task->privdata);
  constexpr std::size_t smallest_item = 4;
  building.least_size += smallest_item * static_cast<std::size_t>(size);
  if (building.least_size > building.max_size) return nullptr;
  return put(task, Reply::Array());
}

void* put_integer(const redisReadTask* task, long long value) noexcept {
  return put(task, std::int64_t{value});
}

void* put_nil(const redisReadTask* task) noexcept {
  return put(task, std::monostate{});
}

// The reader owns the objects, so hiredis must not free them.
void forget(void*) noexcept {}

redisReplyObjectFunctions functions = {put_string, put_array, put_integer, put_nil, forget};

}  // namespace

ReplyReader::ReplyReader(std::size_t max_size)
    : building_(std::make_unique<Building>(Building{{}, max_size, 0})),
      reader_(redisReaderCreateWithFunctions(&functions)) {
  if (!reader_) throw std::bad_alloc();
  reader_->privdata = building_.get();
}

void ReplyReader::Deleter::operator()(redisReader* reader) const noexcept {
  redisReaderFree(reader);
}

void ReplyReader::append(std::string_view bytes) {
  if (redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) != REDIS_OK) broken_ = true;
  size_ += bytes.size();
}

bool ReplyReader::next() {
  void* reply = nullptr;
  if (broken_ || redisReaderGetReply(reader_.get(), &reply) != REDIS_OK) {
    broken_ = true;
    return false;
  }
  const std::size_t rest = reply == nullptr ? 0 : reader_->len - reader_->pos;
  broken_ = size_ - rest > building_->max_size;
  if (reply == nullptr || broken_) return false;
  size_ = rest;
  building_->least_size = 0;
  return true;
}

}  // namespace webtool::redis
