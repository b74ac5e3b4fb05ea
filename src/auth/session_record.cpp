#include "auth/session_record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <tuple>

#include <webtool/auth/store_tag.hpp>

namespace webtool::auth {
namespace {

// Removes the text up to the next space from the front of `rest` and returns it.
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

}  // namespace

std::string pack(const Session& session) {
  const bool has_both = !session.previous.empty() && !session.claims.empty();
  const std::string_view dash = has_both || session.previous.empty() ? "-" : "";
  return fmt::format(FMT_STRING("{} {}{}{} {} {} {} {}"), session.refresh, session.previous, dash,
                     session.claims, count(session.created), count(session.rotated),
                     count(session.expires), session.note);
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
  const auto dash = std::min(previous->find('-'), previous->size());
  session.previous = previous->substr(0, dash);
  if (dash < previous->size()) session.claims = previous->substr(dash + 1);
  session.created = *created;
  session.rotated = *rotated;
  session.expires = *expires;
  session.note = record;
  return session;
}

std::string session_key(std::string_view sub) {
  return subject_key(sub) + ":sessions";
}

std::string document_key(std::string_view sub) {
  return subject_key(sub) + ":document";
}

void sort_by_age(std::vector<Session>& sessions) {
  const auto older = [](const Session& left, const Session& right) {
    return std::tie(left.created, left.id) < std::tie(right.created, right.id);
  };
  std::sort(sessions.begin(), sessions.end(), older);
}

}  // namespace webtool::auth
