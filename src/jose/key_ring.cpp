#include <webtool/jose/key_ring.hpp>

#include <webtool/jose/json.hpp>

#include <spdlog/spdlog.h>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "jose/jwk_members.hpp"
#include "jose/key_material.hpp"
#include "jose/key_state.hpp"
#include "jose/wiping_resource.hpp"

namespace webtool::jose {
namespace {

/// The position of a key in a set.
struct Place {
  std::size_t index;
  std::string kid;

  /// A text for errors and logs. The set is untrusted, so characters unsafe in a log are replaced.
  [[nodiscard]] std::string text() const {
    constexpr std::size_t longest = 128;
    auto shown = kid.substr(0, longest);
    std::replace_if(
        shown.begin(), shown.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    const auto where = "keys[" + std::to_string(index) + "]";
    return shown.empty() ? where : where + " (kid \"" + shown + "\")";
  }
};

/// Two keys of the set are ambiguous for a token, so the whole set is refused.
class Ambiguous : public InvalidKey {
  using InvalidKey::InvalidKey;
};

std::string kid_of(const boost::json::value& entry) {
  const auto* jwk = entry.if_object();
  const auto* kid = jwk != nullptr ? jwk->if_contains("kid") : nullptr;
  return kid != nullptr && kid->is_string() ? std::string(kid->get_string()) : std::string();
}

bool is_same(const Key& one, const Key& other) {
  const Wiped first{thumbprint_text(one.state().material)};
  const Wiped second{thumbprint_text(other.state().material)};
  return one.algorithm() == other.algorithm() && first.bytes == second.bytes;
}

}  // namespace

KeyRing::KeyRing(Key key) {
  keys_.push_back(std::move(key));
}

KeyRing::KeyRing(std::string_view text) : KeyRing(Key::load(text)) {}

KeyRing::KeyRing(std::vector<Key> keys) : keys_(std::move(keys)) {
  if (keys_.empty()) throw InvalidKey("a key ring must have at least one key");
  for (auto key = keys_.begin(); key != keys_.end(); ++key) {
    // With mixed kinds, an `alg` of one kind could select a key of the other kind.
    if (key->is_symmetric() != keys_.front().is_symmetric()) {
      throw InvalidKey("a key ring must not mix symmetric and asymmetric keys");
    }
    if (std::any_of(keys_.begin(), key, [&](const Key& k) { return k.kid() == key->kid(); })) {
      throw InvalidKey("two keys of the key ring have the same kid");
    }
  }
}

KeyRing KeyRing::from_jwks(std::string_view json) {
  WipingResource memory;
  const auto set = parse_strict_object(json, &memory);
  const auto* entries = set && set->contains("keys") ? set->at("keys").if_array() : nullptr;
  if (entries == nullptr)
    throw InvalidKey("the JWK Set is not a JSON object with an array \"keys\"");
  std::vector<Key> keys;
  std::vector<Place> places;
  std::vector<Place> faulty;
  std::string faults;
  for (const auto& entry : *entries) {
    const Place place{static_cast<std::size_t>(&entry - entries->data()), kid_of(entry)};
    try {
      if (!is_signature_jwk(entry)) continue;
      Key key = Key::from_jwk(entry.get_object());
      const auto known = std::find_if(keys.begin(), keys.end(),
                                      [&](const Key& one) { return one.kid() == key.kid(); });
      if (known == keys.end()) {
        keys.push_back(std::move(key));
        places.push_back(place);
      } else if (!is_same(*known, key)) {
        const auto& first = places[static_cast<std::size_t>(known - keys.begin())];
        throw Ambiguous(first.text() + " and " + place.text() +
                        " of the JWK Set are different keys with the same kid");
      } else if (!known->can_sign()) {
        *known = std::move(key);  // keep the private half if the set has both
      }
    } catch (const Ambiguous&) {
      throw;
    } catch (const InvalidKey& fault) {
      const auto text = place.text() + ": " + fault.what();
      spdlog::warn("webtool: a key of the JWK Set is ignored (RFC 7517 section 5): {}", text);
      if (faults.empty()) faults = " (" + text + ")";
      if (!place.kid.empty()) faulty.push_back(place);
    }
  }
  // A token of the ignored key must not be checked against the other key with this kid.
  for (const auto& place : faulty) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (keys[i].kid() == place.kid)
        throw InvalidKey(place.text() + " of the JWK Set is invalid and has the same kid as " +
                         places[i].text());
    }
  }
  if (keys.empty()) throw InvalidKey("the JWK Set has no usable key" + faults);
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
