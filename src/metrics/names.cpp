#include "metrics/names.hpp"

#include <webtool/jose/error.hpp>
#include <webtool/redis/error.hpp>

#include <iterator>

namespace webtool::metrics {
namespace {

using jose::TokenError;
constexpr std::string_view token_names[] = {
    "ok",
    "malformed",
    "too_large",
    "unsupported_header",
    "algorithm_mismatch",
    "unknown_key",
    "bad_signature",
    "wrong_type",
    "invalid_claims",
    "expired",
    "not_yet_valid",
    "lifetime_too_long",
    "wrong_issuer",
    "wrong_audience",
    "subject_mismatch",
    "pair_mismatch",
    "scope_exceeded",
    "unknown_token",
    "revoked",
    "token_reused",
    "no_credentials",
    "multiple_credentials",
};
static_assert(std::size(token_names) == static_cast<int>(TokenError::multiple_credentials) + 1);

constexpr std::string_view store_names[] = {
    "ok",
    "connect_failed",
    "breaker_open",
    "queue_full",
    "loading",
    "read_only",
    "out_of_memory",
    "moved",
    "ask",
    "try_again",
    "cluster_down",
    "master_down",
    "no_replicas",
    "max_clients",
    "cross_slot",
    "no_script",
    "no_permission",
    "busy",
    "wrong_type",
    "server_error",
    "timeout",
    "connection_lost",
    "closed",
    "protocol_error",
};
static_assert(std::size(store_names) == static_cast<int>(redis::Error::protocol_error) + 1);

}  // namespace

Names token_outcomes() noexcept {
  return {&jose::token_category(), token_names, std::size(token_names)};
}

Names store_outcomes() noexcept {
  return {&redis::redis_category(), store_names, std::size(store_names)};
}

}  // namespace webtool::metrics
