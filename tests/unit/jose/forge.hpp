// Tokens that sign_compact would not write: any header, validly signed.
#pragma once

#include <webtool/jose/base64url.hpp>
#include <webtool/jose/compact.hpp>

#include <string>
#include <string_view>

namespace webtool::jose::testing {

/// Any text as header and payload segments, signed as they stand.
inline std::string forge_segments(const Key& key, std::string_view header,
                                  std::string_view payload) {
  std::string token = std::string(header) + '.' + std::string(payload);
  std::string signature;
  key.sign(token, signature);
  token += '.';
  base64url_encode(signature, token);
  return token;
}

/// The token of this header and payload.
inline std::string forge(const Key& key, std::string_view header,
                         std::string_view payload = R"({"sub":"123"})") {
  return forge_segments(key, base64url_encode(header), base64url_encode(payload));
}

/// What verify_compact says about `token`.
inline boost::system::error_code judge(const KeyRing& keys, std::string_view token,
                                       std::string_view typ = "") {
  std::string payload = "left over from before";
  const auto error = verify_compact(keys, token, typ, payload);
  if (error && !payload.empty()) throw std::logic_error("an untrusted payload was handed out");
  return error;
}

}  // namespace webtool::jose::testing
