#include "throttle/rate_limit_headers.hpp"

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <iterator>

namespace webtool::throttle {
namespace {

std::string policies(const Decision& decision) {
  std::string list;
  // A limit may have several outcomes, since a request without a cookie is counted for its new
  // session and for its address.
  std::vector<const Limit*> listed;
  for (const auto& outcome : decision.outcomes) {
    const auto* limit = outcome.limit;
    if (limit->shadow || std::find(listed.begin(), listed.end(), limit) != listed.end()) continue;
    listed.push_back(limit);
    fmt::format_to(std::back_inserter(list), FMT_STRING("{}\"{}\";q={};w={}"),
                   list.empty() ? "" : ", ", limit->name, limit->max_requests,
                   seconds_of(std::chrono::microseconds(limit->interval)));
  }
  return list;
}

}  // namespace

std::int64_t seconds_of(std::chrono::microseconds time) noexcept {
  return std::chrono::ceil<std::chrono::seconds>(time).count();
}

void append_fields(const Decision& decision, FieldStyles styles, Fields& fields) {
  const auto* most = tightest(decision);
  if (most == nullptr) return;
  const bool for_ever = !most->allowed && most->retry_after == Outcome::never;
  const auto wait = seconds_of(most->allowed || for_ever ? most->reset : most->retry_after);
  if (styles.ratelimit) {
    fields.push_back({"ratelimit-policy", policies(decision)});
    fields.push_back({"ratelimit", fmt::format(FMT_STRING("\"{}\";r={};t={}"), most->limit->name,
                                               most->remaining, wait)});
  }
  if (styles.x_ratelimit) {
    fields.push_back({"x-ratelimit-limit", fmt::format_int(most->limit->max_requests).str()});
    fields.push_back({"x-ratelimit-remaining", fmt::format_int(most->remaining).str()});
    fields.push_back({"x-ratelimit-reset", fmt::format_int(wait).str()});
  }
  if (!most->allowed && !for_ever)
    fields.push_back({"retry-after", fmt::format_int(std::max<std::int64_t>(1, wait)).str()});
}

std::string quota_exceeded(const Decision& decision) {
  boost::json::array violated;
  for (const auto& outcome : decision.outcomes)
    if (!outcome.allowed && !outcome.limit->shadow) violated.emplace_back(outcome.limit->name);
  boost::json::object body;
  body["type"] = "https://iana.org/assignments/http-problem-types#quota-exceeded";
  body["title"] = "Too Many Requests";
  body["status"] = 429;
  body["violated-policies"] = std::move(violated);
  return boost::json::serialize(body);
}

}  // namespace webtool::throttle
