// Any payload: whatever is accepted must survive being written and read again.
#include <cstdlib>
#include <string_view>

#include <webtool/auth/claims.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace webtool::auth;
  const auto claims = parse_claims({reinterpret_cast<const char*>(data), size});
  if (claims.has_error()) return 0;
  const auto again = parse_claims(to_json(*claims));
  if (again.has_error() || again->sub != claims->sub || again->exp != claims->exp ||
      again->iat != claims->iat || again->jti != claims->jti || again->scope != claims->scope ||
      again->aud != claims->aud || again->iss != claims->iss)
    std::abort();
  return 0;
}
