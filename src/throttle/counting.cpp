#include "throttle/counting.hpp"

#include <webtool/auth/store_tag.hpp>

namespace webtool::throttle {
namespace {

// Longer subjects are stored as a digest, because clients may choose them and there may be many.
constexpr std::size_t max_subject_size = 128;

}  // namespace

// The subject follows its length, so that the end of the subject and the counter's name cannot be
// confused.
void write_counter_key(std::string& key, const Identity& identity, const Counter& counter) {
  const auto& subject = identity.subject;
  const auto size = static_cast<std::uint32_t>(subject.size());
  key.assign(reinterpret_cast<const char*>(&size), sizeof size);
  if (subject.size() <= max_subject_size)
    key.append(subject);
  else
    key.append(auth::store_tag(subject));
  append_counter_name(key, identity, counter);
}

}  // namespace webtool::throttle
