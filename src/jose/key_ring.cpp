#include <webtool/jose/key_ring.hpp>

#include <webtool/jose/json.hpp>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <utility>

#include "jose/key_material.hpp"
#include "jose/wiping_resource.hpp"

namespace webtool::jose {

KeyRing::KeyRing(Key key) {
  keys_.push_back(std::move(key));
}

KeyRing::KeyRing(std::string_view text) : KeyRing(Key::load(text)) {}

KeyRing::KeyRing(std::vector<Key> keys) : keys_(std::move(keys)) {
  if (keys_.empty()) throw InvalidKey("a key ring without keys");
  for (auto key = keys_.begin(); key != keys_.end(); ++key) {
    // One `alg` of the wrong sort must find no key at all, not one of the other sort.
    if (key->is_symmetric() != keys_.front().is_symmetric()) {
      throw InvalidKey("a key ring of both secrets and public keys");
    }
    if (std::any_of(keys_.begin(), key, [&](const Key& k) { return k.kid() == key->kid(); })) {
      throw InvalidKey("a key ring with two keys of one kid");
    }
  }
}

KeyRing KeyRing::from_jwks(std::string_view json) {
  WipingResource memory;
  const auto set = parse_strict_object(json, &memory);
  const auto* entries = set && set->contains("keys") ? set->at("keys").if_array() : nullptr;
  if (entries == nullptr) throw InvalidKey("a JWK Set without \"keys\"");
  std::vector<Key> keys;
  for (const auto& entry : *entries) {
    if (is_signature_jwk(entry)) keys.push_back(Key::from_jwk(entry.get_object()));
  }
  return KeyRing(std::move(keys));
}

const Key* KeyRing::find(std::string_view kid) const noexcept {
  const auto found =
      std::find_if(keys_.begin(), keys_.end(), [kid](const Key& key) { return key.kid() == kid; });
  return found == keys_.end() ? nullptr : &*found;
}

boost::json::object KeyRing::public_jwks() const {
  boost::json::array keys;
  for (const Key& key : keys_) {
    if (!key.is_symmetric()) keys.push_back(key.public_jwk());
  }
  boost::json::object set;
  set["keys"] = std::move(keys);
  return set;
}

}  // namespace webtool::jose
