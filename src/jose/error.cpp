#include <webtool/jose/error.hpp>

#include <string>

namespace webtool::jose {
namespace {

const char* text_of(TokenError error) noexcept {
  switch (error) {
    case TokenError::malformed:
      return "the token is malformed";
    case TokenError::too_large:
      return "the token is too large";
    case TokenError::unsupported_header:
      return "the token header uses an unsupported feature";
    case TokenError::algorithm_mismatch:
      return "the token's algorithm does not match its key";
    case TokenError::unknown_key:
      return "the token's key is unknown";
    case TokenError::bad_signature:
      return "the token's signature is invalid";
    case TokenError::wrong_type:
      return "the token has the wrong type";
    case TokenError::invalid_claims:
      return "a claim is missing or invalid";
    case TokenError::expired:
      return "the token has expired";
    case TokenError::not_yet_valid:
      return "the token is not yet valid";
    case TokenError::lifetime_too_long:
      return "the token's lifetime is too long";
    case TokenError::wrong_issuer:
      return "the token's issuer is not the configured issuer";
    case TokenError::wrong_audience:
      return "the token is for another audience";
    case TokenError::subject_mismatch:
      return "the subject is not the token's subject";
    case TokenError::pair_mismatch:
      return "the tokens were not issued together";
    case TokenError::scope_exceeded:
      return "the requested scope exceeds the token's scope";
    case TokenError::unknown_token:
      return "the token's session does not exist";
    case TokenError::revoked:
      return "the token has been revoked";
    case TokenError::token_reused:
      return "the refresh token has already been used";
    case TokenError::no_credentials:
      return "the request carries no token";
    case TokenError::multiple_credentials:
      return "the request carries more than one token";
  }
  return "unknown token error";
}

class TokenCategory final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "webtool.token"; }
  std::string message(int value) const override { return text_of(static_cast<TokenError>(value)); }
};

}  // namespace

const boost::system::error_category& token_category() noexcept {
  static const TokenCategory category;
  return category;
}

boost::system::error_code make_error_code(TokenError error) noexcept {
  return {static_cast<int>(error), token_category()};
}

}  // namespace webtool::jose
