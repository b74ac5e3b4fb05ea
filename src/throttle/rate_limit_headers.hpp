// The decisions of limits as header fields: draft-ietf-httpapi-ratelimit-headers-10 in the syntax
// of RFC 9651, Retry-After of RFC 9110 §10.2.3, and the older X-RateLimit fields.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <webtool/throttle/limit_middleware.hpp>

namespace webtool::throttle {

using Fields = std::vector<Verdict::Field>;

/// Whole seconds, rounded up.
[[nodiscard]] std::int64_t seconds_of(std::chrono::microseconds time) noexcept;

/// The fields to send in addition to Retry-After.
struct FieldStyles {
  bool ratelimit;
  bool x_ratelimit;
};

/// Appends RateLimit-Policy for all enforced limits, RateLimit and X-RateLimit for the tightest
/// limit, and Retry-After for a denial that will end.
void append_fields(const Decision& decision, FieldStyles styles, Fields& fields);

/// Returns the body of a 429 answer (RFC 9457), with the names of the violated limits.
[[nodiscard]] std::string quota_exceeded(const Decision& decision);

}  // namespace webtool::throttle
