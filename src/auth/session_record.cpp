#include "auth/session_record.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <stdexcept>
#include <tuple>

#include <webtool/jose/base64url.hpp>

namespace webtool::auth {
namespace {

// Takes the text up to the next space off the front of `rest`.
std::optional<std::string_view> take_field(std::string_view& rest) {
  const auto space = rest.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const auto field = rest.substr(0, space);
  rest.remove_prefix(space + 1);
  return field;
}

std::optional<Timestamp> parse_time(std::optional<std::string_view> text) {
  if (!text) return std::nullopt;
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), count);
  if (error != std::errc{} || end != text->data() + text->size()) return std::nullopt;
  return Timestamp(std::chrono::microseconds(count));
}

std::int64_t count(Timestamp time) {
  return time.time_since_epoch().count();
}

// Fetched once; a digest by name costs more than the hashing.
void sha256(std::string_view bytes, unsigned char (&digest)[32]) {
  struct Free {
    void operator()(EVP_MD* md) const { EVP_MD_free(md); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  static const std::unique_ptr<EVP_MD, Free> md(EVP_MD_fetch(nullptr, "SHA256", nullptr));
  thread_local const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  if (!md || !context || EVP_DigestInit_ex2(context.get(), md.get(), nullptr) != 1 ||
      EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) != 1 ||
      EVP_DigestFinal_ex(context.get(), digest, nullptr) != 1)
    throw std::runtime_error("SHA-256 failed");
}

}  // namespace

std::string pack(const Session& session) {
  return fmt::format(FMT_STRING("{} {} {} {} {} {}"), session.refresh,
                     session.previous.empty() ? "-" : session.previous, count(session.created),
                     count(session.rotated), count(session.expires), session.note);
}

std::optional<Session> unpack(std::string_view id, std::string_view record) {
  const auto refresh = take_field(record);
  const auto previous = take_field(record);
  const auto created = parse_time(take_field(record));
  const auto rotated = parse_time(take_field(record));
  const auto expires = parse_time(take_field(record));
  if (!refresh || !previous || !created || !rotated || !expires) return std::nullopt;
  Session session;
  session.id = id;
  session.refresh = *refresh;
  if (*previous != "-") session.previous = *previous;
  session.created = *created;
  session.rotated = *rotated;
  session.expires = *expires;
  session.note = record;
  return session;
}

std::string session_key(std::string_view sub) {
  unsigned char digest[32];
  sha256(sub, digest);
  std::string key = "wt:{";
  jose::base64url_encode(std::string_view(reinterpret_cast<const char*>(digest), 16), key);
  key += "}:sessions";
  return key;
}

void sort_by_age(std::vector<Session>& sessions) {
  const auto older = [](const Session& left, const Session& right) {
    return std::tie(left.created, left.id) < std::tie(right.created, right.id);
  };
  std::sort(sessions.begin(), sessions.end(), older);
}

}  // namespace webtool::auth
