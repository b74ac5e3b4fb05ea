#include "jose/hmac.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>

namespace webtool::jose {

Hmac::Hmac(Hash hash, std::string_view secret) noexcept : inner_(hash), outer_(hash) {
  std::array<unsigned char, max_block_size> pad{};
  if (secret.size() > block_size(hash)) {
    Sha2 shortened(hash);
    shortened.update(secret);
    shortened.finish(pad.data());
    OPENSSL_cleanse(&shortened, sizeof shortened);
  } else {
    std::copy(secret.begin(), secret.end(), pad.begin());
  }
  const std::string_view block(reinterpret_cast<const char*>(pad.data()), block_size(hash));
  for (auto& byte : pad) byte ^= 0x36;
  inner_.update(block);
  for (auto& byte : pad) byte ^= 0x36 ^ 0x5c;
  outer_.update(block);
  OPENSSL_cleanse(pad.data(), pad.size());
}

Hmac::~Hmac() {
  OPENSSL_cleanse(&inner_, sizeof inner_);
  OPENSSL_cleanse(&outer_, sizeof outer_);
}

void Hmac::tag(std::string_view message, unsigned char* out) const noexcept {
  Sha2 state = inner_;
  state.update(message);
  state.finish(out);
  state = outer_;
  state.update({reinterpret_cast<const char*>(out), digest_size(state.hash())});
  state.finish(out);
}

}  // namespace webtool::jose
