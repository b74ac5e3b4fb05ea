#include <webtool/auth/access_tokens.hpp>

#include <utility>

namespace webtool::auth {

awaitable<result<Claims>> AccessTokens::validate_access_token(AccessTokenView access) {
  auto checked = check(access);
  if (checked.has_error()) co_return checked.error();
  co_return co_await finish(std::move(*checked));
}

}  // namespace webtool::auth
