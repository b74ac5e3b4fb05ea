// Reads and writes JWKs (RFC 7517, RFC 7518 §6, RFC 8037 §2), and the text that RFC 7638 hashes.
#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <utility>
#include <vector>

#include <webtool/jose/base64url.hpp>

#include "jose/jwk_members.hpp"
#include "jose/key_material.hpp"

namespace webtool::jose {
namespace {

struct Curve {
  std::string_view crv;
  KeyKind kind;
  std::size_t width;  // octets of a coordinate, a scalar or an Edwards key
  const char* openssl_name;
};
constexpr std::array<Curve, 6> curves{{
    {"P-256", KeyKind::p256, 32, "prime256v1"},
    {"P-384", KeyKind::p384, 48, "secp384r1"},
    {"P-521", KeyKind::p521, 66, "secp521r1"},
    {"secp256k1", KeyKind::secp256k1, 32, "secp256k1"},
    {"Ed25519", KeyKind::ed25519, 32, "ED25519"},
    {"Ed448", KeyKind::ed448, 57, "ED448"},
}};

bool is_edwards(KeyKind kind) noexcept {
  return kind == KeyKind::ed25519 || kind == KeyKind::ed448;
}

const Curve* find_curve(std::string_view kty, std::string_view crv) noexcept {
  for (const Curve& curve : curves) {
    if (curve.crv == crv && is_edwards(curve.kind) == (kty == "OKP")) return &curve;
  }
  return nullptr;
}

const Curve& curve_of(KeyKind kind) noexcept {
  std::size_t i = 0;
  while (curves[i].kind != kind) ++i;
  return curves[i];
}

PkeyPtr build(const char* type, int selection, OSSL_PARAM_BLD* builder) {
  const std::unique_ptr<OSSL_PARAM, FreedBy<OSSL_PARAM_free>> params(
      OSSL_PARAM_BLD_to_param(builder));
  const PkeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* pkey = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &pkey, selection, params.get()) != 1) {
    EVP_PKEY_free(pkey);
    throw InvalidKey("the numbers of the JWK do not form a key");
  }
  return adopt(pkey);
}

using BuilderPtr = std::unique_ptr<OSSL_PARAM_BLD, FreedBy<OSSL_PARAM_BLD_free>>;

KeyMaterial read_rsa(const boost::json::object& jwk) {
  static constexpr std::array<std::pair<const char*, const char*>, 8> members{{
      {"n", OSSL_PKEY_PARAM_RSA_N},
      {"e", OSSL_PKEY_PARAM_RSA_E},
      {"d", OSSL_PKEY_PARAM_RSA_D},
      {"p", OSSL_PKEY_PARAM_RSA_FACTOR1},
      {"q", OSSL_PKEY_PARAM_RSA_FACTOR2},
      {"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
      {"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2},
      {"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1},
  }};
  if (jwk.contains("oth")) throw InvalidKey("an RSA JWK must not have more than two primes");
  const bool is_private = jwk.contains("d");
  // RFC 7518 §6.3.2: either all factors are present or none, and never without "d".
  bool has_factors = false;
  for (std::size_t i = 3; i < members.size(); ++i) {
    has_factors = has_factors || jwk.contains(members[i].first);
  }
  if (has_factors && !is_private) throw InvalidKey("the RSA JWK has factors but no \"d\"");
  const std::size_t count = has_factors ? members.size() : is_private ? 3 : 2;

  const BuilderPtr builder(OSSL_PARAM_BLD_new());
  std::vector<BignumPtr> numbers;  // the builder refers to them
  for (std::size_t i = 0; i < count; ++i) {
    numbers.push_back(number_member(jwk, members[i].first));
    OSSL_PARAM_BLD_push_BN(builder.get(), members[i].second, numbers.back().get());
  }
  return inspect(build("RSA", is_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, builder.get()),
                 is_private);
}

KeyMaterial read_ec(const boost::json::object& jwk, const Curve& curve) {
  const Wiped point{'\x04' + octets_member(jwk, "x", curve.width).bytes +
                    octets_member(jwk, "y", curve.width).bytes};
  const BuilderPtr builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve.openssl_name, 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.bytes.data(),
                                   point.bytes.size());
  const bool is_private = jwk.contains("d");
  BignumPtr scalar;
  if (is_private) {
    scalar = secure_number(octets_member(jwk, "d", curve.width).bytes);
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar.get());
  }
  return inspect(build("EC", is_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, builder.get()),
                 is_private);
}

KeyMaterial read_okp(const boost::json::object& jwk, const Curve& curve) {
  const Wiped x = octets_member(jwk, "x", curve.width);
  const bool is_private = jwk.contains("d");
  if (!is_private) {
    return inspect(adopt(EVP_PKEY_new_raw_public_key_ex(nullptr, curve.openssl_name, nullptr,
                                                        bytes_of(x.bytes), x.bytes.size())),
                   false);
  }
  const Wiped d = octets_member(jwk, "d", curve.width);
  PkeyPtr pkey = adopt(EVP_PKEY_new_raw_private_key_ex(nullptr, curve.openssl_name, nullptr,
                                                       bytes_of(d.bytes), d.bytes.size()));
  std::string derived(curve.width, '\0');
  std::size_t size = derived.size();
  if (!pkey || EVP_PKEY_get_raw_public_key(pkey.get(), bytes_of(derived), &size) != 1 ||
      derived != x.bytes) {
    throw InvalidKey("the \"x\" of the OKP JWK is not the public part of its \"d\"");
  }
  return inspect(std::move(pkey), true);
}

KeyMaterial read_oct(const boost::json::object& jwk, std::optional<Algorithm> algorithm) {
  const Wiped k{decoded_member(jwk, "k")};
  KeyMaterial material = material_from_secret(k.bytes);
  const Algorithm used = algorithm.value_or(default_algorithm(KeyKind::secret, material.bits));
  if (fits(used, KeyKind::secret) && k.bytes.size() < digest_size(traits_of(used).hash)) {
    throw InvalidKey("the oct JWK is shorter than its algorithm's hash (RFC 7518 section 3.2)");
  }
  return material;
}

KeyMaterial read_material(const boost::json::object& jwk, std::optional<Algorithm> algorithm) {
  const std::string kty = text_member(jwk, "kty");
  if (kty == "oct") return read_oct(jwk, algorithm);
  if (kty == "RSA") return read_rsa(jwk);
  if (kty != "EC" && kty != "OKP") throw InvalidKey("the JWK has an unknown \"kty\"");
  const Curve* curve = find_curve(kty, text_member(jwk, "crv"));
  if (curve == nullptr) throw InvalidKey("the JWK has an unknown \"crv\"");
  return kty == "EC" ? read_ec(jwk, *curve) : read_okp(jwk, *curve);
}

std::string encoded_number(const EVP_PKEY* pkey, const char* name, std::size_t width) {
  BIGNUM* number = nullptr;
  EVP_PKEY_get_bn_param(pkey, name, &number);
  const BignumPtr owned(number);
  if (!owned) throw std::runtime_error("OpenSSL cannot export the numbers of a key");
  std::string bytes(width == 0 ? static_cast<std::size_t>(BN_num_bytes(number)) : width, '\0');
  BN_bn2binpad(number, bytes_of(bytes), static_cast<int>(bytes.size()));
  return base64url_encode(bytes);
}

}  // namespace

Jwk material_from_jwk(const boost::json::object& jwk) {
  const ErrorQueueScope errors;
  Jwk read;
  if (jwk.contains("alg")) {
    read.algorithm = parse_algorithm(text_member(jwk, "alg"));
    if (!read.algorithm) throw InvalidKey("the JWK has an unknown \"alg\"");
  }
  if (jwk.contains("kid")) read.kid = text_member(jwk, "kid");
  const Permission permission = permission_of(jwk);
  read.material = read_material(jwk, read.algorithm);
  const bool may_sign = read.material.is_private && permission.sign;
  if (!may_sign && !permission.verify) {
    throw InvalidKey("the \"use\" or \"key_ops\" of the JWK does not allow signatures");
  }
  read.material.is_private = may_sign;
  return read;
}

bool is_signature_jwk(const boost::json::value& value) {
  const auto* jwk = value.if_object();
  if (jwk == nullptr) throw InvalidKey("the JWK is not a JSON object");
  const std::string kty = text_member(*jwk, "kty");
  const bool on_curve = kty == "EC" || kty == "OKP";
  if (kty != "oct" && kty != "RSA" && !on_curve) return false;
  if (on_curve && find_curve(kty, text_member(*jwk, "crv")) == nullptr) return false;
  if (jwk->contains("alg") && !parse_algorithm(text_member(*jwk, "alg"))) return false;
  const Permission permission = permission_of(*jwk);
  return permission.sign || permission.verify;
}

boost::json::object public_members(const KeyMaterial& material) {
  const EVP_PKEY* pkey = material.pkey.get();
  if (material.kind == KeyKind::rsa) {
    return {{"e", encoded_number(pkey, OSSL_PKEY_PARAM_RSA_E, 0)},
            {"kty", "RSA"},
            {"n", encoded_number(pkey, OSSL_PKEY_PARAM_RSA_N, 0)}};
  }
  const Curve& curve = curve_of(material.kind);
  const boost::json::string_view crv(curve.crv.data(), curve.crv.size());
  if (!is_edwards(material.kind)) {
    return {{"crv", crv},
            {"kty", "EC"},
            {"x", encoded_number(pkey, OSSL_PKEY_PARAM_EC_PUB_X, curve.width)},
            {"y", encoded_number(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, curve.width)}};
  }
  std::string x(curve.width, '\0');
  std::size_t size = x.size();
  EVP_PKEY_get_raw_public_key(pkey, bytes_of(x), &size);
  return {{"crv", crv}, {"kty", "OKP"}, {"x", base64url_encode(x)}};
}

std::string thumbprint_text(const KeyMaterial& material) {
  if (material.kind != KeyKind::secret) return boost::json::serialize(public_members(material));
  std::string text = R"({"k":")";
  base64url_encode(material.secret.expose(), text);
  return text += R"(","kty":"oct"})";
}

}  // namespace webtool::jose
