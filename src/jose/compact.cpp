#include <webtool/jose/compact.hpp>

#include <webtool/jose/base64url.hpp>

#include <array>
#include <stdexcept>

#include "jose/base64url_raw.hpp"
#include "jose/key_state.hpp"

namespace webtool::jose {
namespace {

// Finds the key whose own header text equals this header, without parsing the header.
const Key* writer_of(const KeyRing& keys, std::string_view header, std::string_view typ) noexcept {
  for (const Key& key : keys.keys()) {
    if (key.state().header.matches(header, typ)) return &key;
  }
  return nullptr;
}

boost::system::error_code verify(const KeyRing& keys, std::string_view token, std::string_view typ,
                                 std::string& payload) {
  if (token.size() > max_token_size) return TokenError::too_large;
  const std::size_t first = token.find('.');
  if (first == std::string_view::npos) return TokenError::malformed;
  const std::size_t second = token.find('.', first + 1);
  if (second == std::string_view::npos) return TokenError::malformed;
  const std::string_view header = token.substr(0, first);
  const std::string_view signature = token.substr(second + 1);

  const Key* key = writer_of(keys, header, typ);
  if (key == nullptr) {
    const auto error = read_header(keys, header, typ, key);
    if (error) return error;
  }
  std::array<char, base64url_decoded_size(max_token_size)> raw;
  if (!base64url_decode_to(signature, raw.data()) ||
      !base64url_decode(token.substr(first + 1, second - first - 1), payload)) {
    return TokenError::malformed;
  }
  if (!key->verify(token.substr(0, second),
                   {raw.data(), base64url_decoded_size(signature.size())})) {
    return TokenError::bad_signature;
  }
  return {};
}

}  // namespace

std::string sign_compact(const Key& key, std::string_view typ, std::string_view payload) {
  const Key::State& state = key.state();
  if (!state.can_sign) throw InvalidKey("a public key cannot sign; give the private key");
  const std::size_t signature_size = state.primitive->signature_size();
  const std::size_t body_size =
      2 + base64url_encoded_size(payload.size()) + base64url_encoded_size(signature_size);
  if (payload.size() > max_token_size) throw std::length_error("the token would be too large");

  std::string token;
  token.reserve(body_size + max_header_size / 4);
  state.header.append(typ, token);
  if (token.size() > max_header_size || token.size() + body_size > max_token_size) {
    throw std::length_error("the token would be too large");
  }
  token += '.';
  base64url_encode(payload, token);
  std::array<unsigned char, max_signature_size> raw;
  state.sign(token, raw.data());
  token += '.';
  base64url_encode({reinterpret_cast<const char*>(raw.data()), signature_size}, token);
  return token;
}

boost::system::error_code verify_compact(const KeyRing& keys, std::string_view token,
                                         std::string_view typ, std::string& payload) {
  const auto error = verify(keys, token, typ, payload);
  if (error) payload.clear();
  return error;
}

}  // namespace webtool::jose
