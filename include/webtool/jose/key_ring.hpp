// The keys of a service: the first signs, all verify. Rotate by putting a new key in front and
// keeping the old ones for as long as tokens signed with them live.
#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

#include <webtool/jose/key.hpp>

namespace webtool::jose {

class KeyRing {
 public:
  /// A ring of one. Implicit, so that a key, a PEM text or a secret can stand where a ring is asked
  /// for; texts go through Key::load. Throws InvalidKey.
  KeyRing(Key key);                // NOLINT(google-explicit-constructor)
  KeyRing(std::string_view text);  // NOLINT(google-explicit-constructor)
  KeyRing(const std::string& text) : KeyRing(std::string_view(text)) {}  // NOLINT
  KeyRing(const char* text) : KeyRing(std::string_view(text)) {}         // NOLINT
  /// The first key signs (or none does, if it cannot). Throws InvalidKey if the list is empty, two
  /// keys share a `kid`, or symmetric and asymmetric keys are mixed.
  explicit KeyRing(std::vector<Key> keys);

  /// A JWK Set. Entries of unknown `kty`, `crv` or `alg`, and those that `use` or `key_ops` keep
  /// from signatures, are passed over; so are faulty ones, with a warning in the log that says
  /// which (RFC 7517 §5). The same key twice is one. Throws InvalidKey if no key is left, two
  /// different keys share a `kid` (be one of them faulty), or symmetric and asymmetric keys are
  /// mixed.
  static KeyRing from_jwks(std::string_view json);

  [[nodiscard]] const Key& signing_key() const noexcept { return keys_.front(); }
  [[nodiscard]] const std::vector<Key>& keys() const noexcept { return keys_; }
  /// The key with this `kid`, or null. `kid` is an opaque map key, nothing more.
  [[nodiscard]] const Key* find(std::string_view kid) const noexcept;

  /// `{"keys":[…]}` with the public members of the asymmetric keys; secrets are never in it.
  [[nodiscard]] boost::json::object public_jwks() const;

 private:
  std::vector<Key> keys_;
};

}  // namespace webtool::jose
