// Reads symmetric secrets, and refuses texts that are not secrets. Everyone knows a public key, so
// a service that uses its text as an HMAC secret would accept tokens from everyone
// (CVE-2022-29217).
#include "jose/key_material.hpp"
#include "jose/secret_text.hpp"

namespace webtool::jose {
namespace {

[[noreturn]] void refuse(const std::string& what, const char* cure) {
  throw InvalidKey("the text is " + what + ", not a secret; " + cure);
}

}  // namespace

KeyMaterial material_from_secret(std::string_view bytes) {
  if (bytes.empty()) throw InvalidKey("the secret is empty");
  if (const auto what = plain_key_material(bytes))
    refuse(*what, "pass a key as PEM text, or in C++ a JWK to from_jwk");
  KeyMaterial material;
  material.kind = KeyKind::secret;
  material.bits = bytes.size() * 8;
  material.secret = Secret(bytes);
  material.is_private = true;
  return material;
}

void require_secret_text(std::string_view text) {
  if (looks_like_file_name(text)) {
    refuse("the name of a file or a URL",
           "read a key file with load_key (in Python: pass a Path) or load_or_make_ed_key; if the "
           "text is a secret, pass it to from_secret of Key");
  }
  if (const auto what = key_material_in(text)) {
    refuse(*what,
           "pass a key as PEM text, or in C++ a JWK to from_jwk; if the text is a secret that "
           "only looks like a key, pass it to from_secret of Key");
  }
}

}  // namespace webtool::jose
