#include <webtool/jose/key.hpp>

#include <webtool/jose/base64url.hpp>
#include <webtool/jose/json.hpp>

#include <openssl/rand.h>
#include <spdlog/spdlog.h>

#include <array>
#include <utility>

#include "jose/jwk_members.hpp"
#include "jose/key_state.hpp"
#include "jose/wiping_resource.hpp"

namespace webtool::jose {
namespace {

constexpr std::size_t max_kid_size = 128;

std::string thumbprint_of(const KeyMaterial& material) {
  const Wiped text(thumbprint_text(material));
  std::array<unsigned char, max_digest_size> digest;
  Sha2 state(Hash::sha256);
  state.update(text.bytes);
  state.finish(digest.data());
  const std::size_t size = material.kind == KeyKind::secret ? 16 : 32;
  return base64url_encode({reinterpret_cast<const char*>(digest.data()), size});
}

std::unique_ptr<const Primitive> make_primitive(const KeyMaterial& material, Algorithm algorithm) {
  const AlgorithmTraits& traits = traits_of(algorithm);
  switch (traits.scheme) {
    case Scheme::hmac:
      return make_hmac(traits.hash, material.secret.expose());
    case Scheme::rsa_pkcs1:
    case Scheme::rsa_pss:
      return make_rsa(traits, material.pkey);
    case Scheme::ecdsa:
      return make_ecdsa(traits, material.pkey);
    case Scheme::eddsa:
      break;
  }
  return make_eddsa(material.pkey);
}

Algorithm choose(const KeyMaterial& material, std::optional<Algorithm> wanted) {
  const Algorithm algorithm = wanted.value_or(default_algorithm(material.kind, material.bits));
  if (!fits(algorithm, material.kind)) {
    throw InvalidKey("the key does not fit the algorithm " + std::string(name(algorithm)));
  }
  return algorithm;
}

void warn_if_short(std::size_t bytes, Algorithm algorithm) {
  const std::size_t wanted = digest_size(traits_of(algorithm).hash);
  if (bytes >= wanted) return;
  spdlog::warn(
      "webtool: a secret of {} bytes is shorter than {} requires: {} bytes (RFC 7518 section "
      "3.2); an attacker can guess a short secret",
      bytes, name(algorithm), wanted);
}

// Only a trial signature shows that the two halves of an RSA key match.
void prove_pair(const Key::State& state) {
  const std::string_view message = "webtool";
  std::string signature(state.primitive->signature_size(), '\0');
  if (!state.primitive->sign(message, bytes_of(signature)) ||
      !state.primitive->verify(message, signature)) {
    throw InvalidKey("the private and public parts of the key do not match");
  }
}

std::shared_ptr<const Key::State> make_state(KeyMaterial&& material, const KeyOptions& options,
                                             std::optional<std::string> kid = {}) {
  const Algorithm algorithm = choose(material, options.algorithm);
  if (!kid) kid = thumbprint_of(material);
  if (kid->size() > max_kid_size) throw InvalidKey("the JWK member \"kid\" is too long");
  auto state = std::make_shared<const Key::State>(std::move(material), algorithm, std::move(*kid));
  if (state->material.kind == KeyKind::rsa && state->can_sign) prove_pair(*state);
  return state;
}

KeyMaterial generate_pkey(EVP_PKEY* made) {
  if (made == nullptr) throw std::runtime_error("OpenSSL cannot generate a key");
  return inspect(adopt(made), true);
}

EVP_PKEY* generate_of_type(KeyType type) {
  switch (type) {
    case KeyType::ed25519:
      return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    case KeyType::ed448:
      return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED448");
    case KeyType::p256:
      return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
    case KeyType::p384:
      return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-384");
    case KeyType::p521:
      return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-521");
    case KeyType::secp256k1:
      return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "secp256k1");
  }
  throw InvalidKey("the kind of key is unknown");
}

void require_asymmetric(const KeyMaterial& material) {
  if (material.pkey == nullptr) throw InvalidKey("a secret has no public part and no PEM form");
}

}  // namespace

Key::State::State(KeyMaterial&& from, Algorithm pinned_to, std::string key_id)
    : material(std::move(from)),
      algorithm(pinned_to),
      kid(std::move(key_id)),
      can_sign(material.is_private),
      header(algorithm, kid),
      primitive(make_primitive(material, algorithm)) {}

void Key::State::sign(std::string_view message, unsigned char* out) const {
  if (!can_sign) throw InvalidKey("a public key cannot sign; give the private key");
  if (!primitive->sign(message, out)) throw std::runtime_error("OpenSSL cannot sign");
}

Key::Key(std::shared_ptr<const State> state) noexcept : state_(std::move(state)) {}

Key Key::load(std::string_view text, const KeyOptions& options) {
  if (looks_like_pem(text)) return from_pem(text, options);
  require_secret_text(text);
  return from_secret(text, options);
}

Key Key::from_pem(std::string_view pem, const KeyOptions& options) {
  return Key(make_state(material_from_pem(pem, options.password), options));
}

Key Key::from_jwk(const boost::json::object& jwk, const KeyOptions& options) {
  Jwk read = material_from_jwk(jwk);
  KeyOptions pinned = options;
  if (read.algorithm) {
    if (options.algorithm.value_or(*read.algorithm) != *read.algorithm) {
      throw InvalidKey("the \"alg\" of the JWK is not the requested algorithm");
    }
    pinned.algorithm = read.algorithm;
  }
  return Key(make_state(std::move(read.material), pinned, std::move(read.kid)));
}

Key Key::from_jwk(std::string_view json, const KeyOptions& options) {
  WipingResource memory;
  const auto jwk = parse_strict_object(json, &memory);
  if (!jwk) throw InvalidKey("the JWK is not one valid JSON object");
  return from_jwk(*jwk, options);
}

Key Key::from_secret(std::string_view bytes, const KeyOptions& options) {
  auto state = make_state(material_from_secret(bytes), options);
  warn_if_short(bytes.size(), state->algorithm);
  return Key(std::move(state));
}

Key Key::generate(KeyType type) {
  return Key(make_state(generate_pkey(generate_of_type(type)), {}));
}

Key Key::generate_rsa(unsigned bits) {
  if (bits < 2048 || bits > 16384) throw InvalidKey("an RSA key must have from 2048 to 16384 bits");
  return Key(make_state(
      generate_pkey(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(bits))),
      {}));
}

Key Key::generate_symmetric(unsigned bytes) {
  if (bytes < 32) throw InvalidKey("a generated secret must have at least 32 bytes");
  Wiped random(std::string(bytes, '\0'));
  if (RAND_priv_bytes(bytes_of(random.bytes), static_cast<int>(bytes)) != 1) {
    throw std::runtime_error("OpenSSL cannot generate a secret");
  }
  return from_secret(random.bytes);
}

Key Key::with_algorithm(Algorithm algorithm) const {
  return Key(make_state(KeyMaterial(state_->material), {.algorithm = algorithm}, state_->kid));
}

Algorithm Key::algorithm() const noexcept {
  return state_->algorithm;
}
const std::string& Key::kid() const noexcept {
  return state_->kid;
}
bool Key::is_symmetric() const noexcept {
  return jose::is_symmetric(state_->algorithm);
}
bool Key::can_sign() const noexcept {
  return state_->can_sign;
}

void Key::sign(std::string_view message, std::string& out) const {
  const std::size_t start = out.size();
  out.resize(start + state_->primitive->signature_size());
  state_->sign(message, bytes_of(out) + start);
}

bool Key::verify(std::string_view message, std::string_view signature) const noexcept {
  return state_->primitive->verify(message, signature);
}

std::string Key::private_pem(std::string_view password) const {
  require_asymmetric(state_->material);
  if (!can_sign()) throw InvalidKey("a public key has no private part");
  return pem_of_private(state_->material.pkey.get(), password);
}

std::string Key::public_pem() const {
  require_asymmetric(state_->material);
  return pem_of_public(state_->material.pkey.get());
}

boost::json::object Key::public_jwk() const {
  require_asymmetric(state_->material);
  boost::json::object jwk = public_members(state_->material);
  const std::string_view alg = name(algorithm());
  jwk["use"] = "sig";
  jwk["alg"] = boost::json::string_view(alg.data(), alg.size());
  jwk["kid"] = kid();
  return jwk;
}

}  // namespace webtool::jose
