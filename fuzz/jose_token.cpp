// Tokens of any kind against rings of every kind. Nothing may crash, a refusal hands out nothing,
// and what is accepted has one spelling. The keys are those of RFC 7515 A.1, A.3 and RFC 8037 A.1.
#include <webtool/jose/base64url.hpp>
#include <webtool/jose/compact.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace webtool::jose;

const std::array<KeyRing, 3>& rings() {
  static const Key secret = Key::from_jwk(
      R"({"kty":"oct","alg":"HS256","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"})");
  static const Key curve = Key::from_jwk(
      R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})");
  static const Key edwards = Key::from_jwk(
      R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})");
  static const std::array<KeyRing, 3> all{KeyRing(secret),
                                          KeyRing({secret, Key::from_secret(std::string(32, 's'))}),
                                          KeyRing({curve, edwards})};
  return all;
}

bool is_canonical(std::string_view token) {
  while (true) {
    const std::size_t dot = token.find('.');
    const auto segment = base64url_decode(token.substr(0, dot));
    if (!segment || base64url_encode(*segment) != token.substr(0, dot)) return false;
    if (dot == std::string_view::npos) return true;
    token.remove_prefix(dot + 1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view token(reinterpret_cast<const char*>(data), size);
  std::string payload;
  for (const KeyRing& ring : rings()) {
    for (const std::string_view typ : {"", "at+jwt"}) {
      const auto error = verify_compact(ring, token, typ, payload);
      if (error && !payload.empty()) std::abort();
      if (!error && !is_canonical(token)) std::abort();
    }
  }
  return 0;
}
