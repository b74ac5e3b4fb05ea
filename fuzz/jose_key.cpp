// Key texts: whatever is accepted must work and survive its own public form; the rest is refused
// with InvalidKey and nothing else.
#include <boost/json/serialize.hpp>
#include <webtool/jose/key_ring.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace webtool::jose;

void use(const Key& key) {
  if (key.can_sign()) {
    std::string signature;
    key.sign("message", signature);
    if (!key.verify("message", signature) || key.verify("massage", signature)) std::abort();
  } else if (key.verify("message", std::string(64, '\x01'))) {
    std::abort();
  }
  if (key.is_symmetric()) return;
  const Key again = Key::from_jwk(boost::json::serialize(key.public_jwk()));
  if (again.kid() != key.kid() || again.public_pem() != key.public_pem()) std::abort();
}

template <class Read>
void attempt(const Read& read) {
  try {
    read();
  } catch (const InvalidKey&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  attempt([&] { use(Key::from_pem(text)); });
  attempt([&] { use(Key::from_jwk(text)); });
  attempt([&] {
    const KeyRing ring = KeyRing::from_jwks(text);
    for (const Key& key : ring.keys()) use(key);
  });
  // Shorter secrets would fill the log with warnings.
  if (size >= 64) attempt([&] { use(Key::load(text)); });
  return 0;
}
