// A custom service: derive from JWTService and override single functions, or derive from
// BaseJWTService and implement all functions. This one refuses scopes that it does not offer.
#pragma once

#include <stdexcept>

#include <webtool/auth/jwt_service.hpp>

class OfferedScopesService final : public webtool::auth::JWTService {
 public:
  OfferedScopesService(webtool::cache::BaseCache& cache, webtool::auth::JWTServiceOptions options,
                       webtool::auth::Scope offered)
      : JWTService(cache, std::move(options)), offered_(std::move(offered)) {}

  webtool::awaitable<webtool::auth::TokenPair> create_token(const webtool::auth::Grant& data,
                                                            std::string_view note) override {
    if (data.scope && !webtool::auth::includes(offered_, *data.scope))
      throw std::invalid_argument("the scope is not offered");
    co_return co_await JWTService::create_token(data, note);
  }

 private:
  webtool::auth::Scope offered_;
};
