// Reads the members of a JWK. Each error names its member.
#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

#include "jose/openssl.hpp"

namespace webtool::jose {

/// Bytes that may be part of a private key. The destructor wipes them.
struct Wiped {
  std::string bytes{};
  explicit Wiped(std::string from) : bytes(std::move(from)) {}
  ~Wiped();
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;
};

/// These functions throw InvalidKey if the member is missing or has another form.
[[nodiscard]] std::string text_member(const boost::json::object& jwk, std::string_view name);
[[nodiscard]] std::string decoded_member(const boost::json::object& jwk, std::string_view name);
/// Exactly `width` octets (RFC 7518 §6.2, RFC 8037 §2).
[[nodiscard]] Wiped octets_member(const boost::json::object& jwk, std::string_view name,
                                  std::size_t width);
/// A Base64urlUInt (RFC 7518 §2): not empty, without leading zeros.
[[nodiscard]] BignumPtr number_member(const boost::json::object& jwk, std::string_view name);
/// The big-endian number, in memory that OpenSSL wipes.
[[nodiscard]] BignumPtr secure_number(std::string_view bytes);

/// The operations that `use` and `key_ops` allow (RFC 7517 §4.2, §4.3). Both are allowed if these
/// members are absent.
struct Permission {
  bool sign = true;
  bool verify = true;
};
[[nodiscard]] Permission permission_of(const boost::json::object& jwk);

}  // namespace webtool::jose
