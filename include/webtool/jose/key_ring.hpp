// The keys of a service. The first key signs; all keys verify. To rotate, put a new key in front
// and keep each old key until the tokens that it signed have expired.
#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

#include <webtool/jose/key.hpp>

namespace webtool::jose {

class KeyRing {
 public:
  /// A ring with one key. The conversion is implicit, so that a key, a PEM text or a secret can be
  /// passed as a ring. Key::load reads texts. Throws InvalidKey.
  KeyRing(Key key);
  KeyRing(std::string_view text);
  KeyRing(const std::string& text) : KeyRing(std::string_view(text)) {}
  KeyRing(const char* text) : KeyRing(std::string_view(text)) {}
  /// The first key signs; if it cannot sign, the ring cannot sign. Throws InvalidKey if the list is
  /// empty, if two keys have the same `kid`, or if symmetric and asymmetric keys are mixed.
  explicit KeyRing(std::vector<Key> keys);

  /// Reads a JWK Set. Ignores entries with an unknown `kty`, `crv` or `alg`, and entries whose
  /// `use` or `key_ops` does not allow signatures. Ignores invalid entries too, with a warning in
  /// the log that names the entry (RFC 7517 §5). A key that is listed twice is added once. Throws
  /// InvalidKey if no key is left, if two different keys have the same `kid` (even if one of them
  /// is invalid), or if symmetric and asymmetric keys are mixed.
  static KeyRing from_jwks(std::string_view json);

  [[nodiscard]] const Key& signing_key() const noexcept { return keys_.front(); }
  [[nodiscard]] const std::vector<Key>& keys() const noexcept { return keys_; }
  /// The key with this `kid`, or null. `kid` is only compared, never interpreted.
  [[nodiscard]] const Key* find(std::string_view kid) const noexcept;

  /// `{"keys":[…]}` with the public members of the asymmetric keys. It never contains secrets.
  [[nodiscard]] boost::json::object public_jwks() const;

 private:
  std::vector<Key> keys_;
};

}  // namespace webtool::jose
