// What the limits have decided, as header fields: draft-ietf-httpapi-ratelimit-headers-10 in the
// syntax of RFC 9651, Retry-After of RFC 9110 §10.2.3, and the X-RateLimit fields of old.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <webtool/throttle/limit_middleware.hpp>

namespace webtool::throttle {

using Fields = std::vector<Verdict::Field>;

/// Whole seconds, rounded up.
[[nodiscard]] std::int64_t seconds_of(std::chrono::microseconds time) noexcept;

/// Which fields to send beside Retry-After.
struct FieldStyles {
  bool ratelimit;
  bool x_ratelimit;
};

/// RateLimit-Policy for all limits that are enforced, RateLimit and X-RateLimit for the tightest,
/// Retry-After for a denial that will end.
void append_fields(const Decision& decision, FieldStyles styles, Fields& fields);

/// The body of a 429, RFC 9457: which limits were violated.
[[nodiscard]] std::string quota_exceeded(const Decision& decision);

}  // namespace webtool::throttle
