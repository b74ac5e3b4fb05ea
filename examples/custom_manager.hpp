// A custom manager: it defines how claims become a token and back. This one adds a tenant to
// JWTManager. Tokens contain the tenant in `extra`, and tokens of other tenants are refused.
#pragma once

#include <string>

#include <webtool/auth/jwt_manager.hpp>

class TenantManager final : public webtool::auth::BaseJWTManager {
 public:
  TenantManager(webtool::jose::KeyRing keys, std::string tenant)
      : manager_(std::move(keys)), tenant_(std::move(tenant)) {}

  std::string encode(const webtool::auth::ClaimsSet& claims,
                     webtool::auth::TokenType type) override {
    auto with_tenant = claims;
    with_tenant.extra["tenant"] = tenant_;
    return manager_.encode(with_tenant, type);
  }

  webtool::result<webtool::auth::Claims> decode(std::string_view token,
                                                webtool::auth::TokenType type,
                                                webtool::Timestamp now,
                                                webtool::auth::Expiry expiry) override {
    auto claims = manager_.decode(token, type, now, expiry);
    if (claims.has_error()) return claims;
    const auto* tenant = claims->extra.if_contains("tenant");
    if (tenant == nullptr || *tenant != boost::json::value(tenant_))
      return webtool::auth::TokenError::wrong_issuer;
    return claims;
  }

 private:
  webtool::auth::JWTManager manager_;
  std::string tenant_;
};
