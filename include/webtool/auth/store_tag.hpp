// The hash tag of all that is stored about one subject or address. What has the same tag is in one
// slot of a Redis Cluster, and can be looked at by one script.
#pragma once

#include <string>
#include <string_view>

namespace webtool::auth {

/// 128 bits of SHA-256 as 22 characters of base64url: no personal data in the store's key space.
[[nodiscard]] std::string store_tag(std::string_view subject);

/// 64 bits of SHA-256 as 16 hex digits: whether two texts that we made ourselves are the same.
[[nodiscard]] std::string short_digest(std::string_view text);

}  // namespace webtool::auth
