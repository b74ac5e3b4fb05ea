#include "redis/complaints.hpp"

#include <utility>

namespace webtool::redis {
namespace {

constexpr auto silence = std::chrono::minutes(1);
constexpr std::size_t max_kinds =
    64;  // a Redis server has a few kinds; another program on its port may send any text

}  // namespace

bool Complaints::note(const Complaint& complaint, Time now) {
  const std::lock_guard lock(mutex_);
  words_[complaint.error] = complaint.words;
  const auto kind = complaint.words.substr(0, complaint.words.find(' '));
  if (logged_.size() >= max_kinds && !logged_.contains(kind)) return false;
  const auto [entry, is_new] = logged_.try_emplace(kind, now);
  if (!is_new && now - entry->second < silence) return false;
  entry->second = now;
  return true;
}

void Complaints::note_trouble(std::string what) {
  const std::lock_guard lock(mutex_);
  trouble_ = std::move(what);
}

void Complaints::end_trouble() {
  const std::lock_guard lock(mutex_);
  trouble_.clear();
}

std::string Complaints::words_of(const boost::system::error_code& error) const {
  const std::lock_guard lock(mutex_);
  if (error == Error::connect_failed || error == Error::breaker_open) return trouble_;
  if (error.category() != redis_category()) return {};
  const auto said = words_.find(static_cast<Error>(error.value()));
  return said == words_.end() ? std::string() : said->second;
}

}  // namespace webtool::redis
