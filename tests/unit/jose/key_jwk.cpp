#include <gtest/gtest.h>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <webtool/jose/base64url.hpp>
#include <webtool/jose/json.hpp>
#include <webtool/jose/key.hpp>

#include <string>

#include "unit/jose/openssl_keys.hpp"

namespace webtool::jose {
namespace {

using boost::json::object;

// RFC 8037 appendix A.1 and A.3; RFC 7515 appendix A.3.
constexpr std::string_view ed_text =
    R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",)"
    R"("d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"})";
constexpr std::string_view ec_text =
    R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
    R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",)"
    R"("d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"})";
// RFC 7638 section 3.1
constexpr std::string_view rsa_text =
    R"({"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFF)"
    R"(xuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v)"
    R"(-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-)"
    R"(bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",)"
    R"("e":"AQAB","alg":"RS256","kid":"2011-04-29"})";

object parsed(std::string_view text) {
  return *parse_strict_object(text);
}

template <class T>
object with(std::string_view text, const char* name, const T& value) {
  object jwk = parsed(text);
  jwk.insert_or_assign(name, value);
  return jwk;
}

object without(std::string_view text, const char* name) {
  object jwk = parsed(text);
  jwk.erase(name);
  return jwk;
}

bool refused(const object& jwk, const KeyOptions& options = {}) {
  try {
    (void)Key::from_jwk(jwk, options);
  } catch (const InvalidKey& error) {
    EXPECT_EQ(std::string(error.what()).find("nWGxne"), std::string::npos);
    return true;
  }
  return false;
}

// A private RSA key as JWK, as nothing in the interface writes one.
const object& rsa_private() {
  static const object jwk = [] {
    const PkeyPtr key = testing::rsa(2048);
    object made{{"kty", "RSA"}};
    for (const auto& [member, parameter] :
         {std::pair{"n", "n"}, std::pair{"e", "e"}, std::pair{"d", "d"},
          std::pair{"p", "rsa-factor1"}, std::pair{"q", "rsa-factor2"},
          std::pair{"dp", "rsa-exponent1"}, std::pair{"dq", "rsa-exponent2"},
          std::pair{"qi", "rsa-coefficient1"}}) {
      BIGNUM* number = nullptr;
      EVP_PKEY_get_bn_param(key.get(), parameter, &number);
      const BignumPtr owned(number);
      std::string bytes(static_cast<std::size_t>(BN_num_bytes(number)), '\0');
      BN_bn2bin(number, reinterpret_cast<unsigned char*>(bytes.data()));
      made[member] = base64url_encode(bytes);
    }
    return made;
  }();
  return jwk;
}

TEST(KeyFromJwk, K02_KidIsTheThumbprint) {
  EXPECT_EQ(Key::from_jwk(without(rsa_text, "kid")).kid(),
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");  // RFC 7638 section 3.1
  EXPECT_EQ(Key::from_jwk(ed_text).kid(),
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");  // RFC 8037 appendix A.3
  EXPECT_EQ(Key::from_jwk(without(ed_text, "d")).kid(), Key::from_jwk(ed_text).kid());
}

TEST(KeyFromJwk, ItsOwnKidIsKept) {
  EXPECT_EQ(Key::from_jwk(rsa_text).kid(), "2011-04-29");
  EXPECT_FALSE(refused(with(ed_text, "kid", std::string(128, 'k'))));
  EXPECT_TRUE(refused(with(ed_text, "kid", std::string(129, 'k'))));
  EXPECT_TRUE(refused(with(ed_text, "kid", 1)));
}

TEST(KeyFromJwk, PrivateKeysSignPublicOnesDoNot) {
  for (const auto text : {ed_text, ec_text}) {
    const Key key = Key::from_jwk(text);
    const Key open = Key::from_jwk(without(text, "d"));
    EXPECT_TRUE(key.can_sign());
    EXPECT_FALSE(open.can_sign());
    std::string signature;
    key.sign("message", signature);
    EXPECT_TRUE(open.verify("message", signature));
  }
}

TEST(KeyFromJwk, K06_PublicJwkHasPublicMembersOnly) {
  EXPECT_EQ(boost::json::serialize(Key::from_jwk(ed_text).public_jwk()),
            R"({"crv":"Ed25519","kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",)"
            R"("use":"sig","alg":"EdDSA","kid":"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"})");
  for (const Key& key : {Key::from_jwk(ec_text), Key::from_jwk(rsa_private())}) {
    const object jwk = key.public_jwk();
    for (const auto* member : {"d", "p", "q", "dp", "dq", "qi", "k"}) {
      EXPECT_FALSE(jwk.contains(member)) << member;
    }
    EXPECT_EQ(Key::from_jwk(jwk).public_pem(), key.public_pem());
  }
}

TEST(KeyFromJwk, PrivateRsaInFullAndInBrief) {
  for (const bool brief : {false, true}) {
    object jwk = rsa_private();
    if (brief) {
      for (const auto* member : {"p", "q", "dp", "dq", "qi"}) jwk.erase(member);
    }
    const Key key = Key::from_jwk(jwk);
    std::string signature;
    key.sign("message", signature);
    EXPECT_TRUE(key.verify("message", signature));
  }
}

// Coordinates and scalars have one length, points lie on the curve, halves belong together.
TEST(KeyFromJwk, J11_EcMembersAreExact) {
  EXPECT_TRUE(refused(with(ec_text, "x", base64url_encode(std::string(31, '\1')))));
  EXPECT_TRUE(refused(with(ec_text, "x", base64url_encode(std::string(33, '\1')))));
  EXPECT_TRUE(refused(with(ec_text, "x", base64url_encode(std::string(32, '\1')))));
  EXPECT_TRUE(refused(with(ec_text, "x", base64url_encode(std::string(32, '\xff')))));
  EXPECT_TRUE(refused(with(ec_text, "d", base64url_encode(std::string(32, '\0')))));
  EXPECT_TRUE(refused(with(ec_text, "d", base64url_encode(std::string(32, '\1')))));
  EXPECT_TRUE(refused(with(ec_text, "d", base64url_encode(std::string(32, '\xff')))));
  EXPECT_TRUE(refused(with(ec_text, "d", "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9L")));
  EXPECT_TRUE(refused(with(ec_text, "crv", "P-384")));
  EXPECT_TRUE(refused(with(ec_text, "crv", "P-224")));
  EXPECT_TRUE(refused(with(ec_text, "crv", "secp256k1")));
  EXPECT_TRUE(refused(without(ec_text, "y")));
}

TEST(KeyFromJwk, OkpMembersAreExact) {
  EXPECT_TRUE(refused(with(ed_text, "x", base64url_encode(std::string(31, '\1')))));
  EXPECT_TRUE(refused(with(ed_text, "x", base64url_encode(std::string(32, '\1')))))
      << "not the public part of d";
  EXPECT_TRUE(refused(with(ed_text, "d", base64url_encode(std::string(33, '\1')))));
  EXPECT_TRUE(refused(with(ed_text, "crv", "X25519")));
  EXPECT_TRUE(refused(with(ed_text, "crv", "Ed448")));
  EXPECT_TRUE(refused(with(ed_text, "crv", "P-256")));
}

TEST(KeyFromJwk, J12_RsaMembersAreSound) {
  const std::string text = boost::json::serialize(rsa_private());
  ASSERT_FALSE(refused(parsed(text)));
  const std::string n = *base64url_decode(std::string_view(rsa_private().at("n").get_string()));
  for (const std::string& e : {std::string("\1"), std::string("\2"), std::string("\0\3", 2),
                               std::string("\1\0\0", 3), std::string(9, '\1'), std::string()}) {
    EXPECT_TRUE(refused(with(rsa_text, "e", base64url_encode(e))));
  }
  EXPECT_TRUE(refused(with(rsa_text, "n", base64url_encode('\0' + n)))) << "leading zero";
  EXPECT_TRUE(refused(with(rsa_text, "n", base64url_encode(n.substr(0, 255) + '\0')))) << "even";
  EXPECT_TRUE(refused(with(rsa_text, "n", base64url_encode(n.substr(1))))) << "too small";
  EXPECT_TRUE(refused(with(rsa_text, "n", base64url_encode(std::string(2049, '\xff'))))) << "huge";
  EXPECT_TRUE(refused(without(rsa_text, "e")));
  EXPECT_TRUE(refused(without(text, "qi"))) << "factors come together";
  EXPECT_TRUE(refused(without(text, "d"))) << "factors of a public key";
  EXPECT_TRUE(refused(with(text, "oth", boost::json::array())));
  for (const auto* member : {"d", "p", "q", "dp", "dq", "qi"}) {
    const auto* other = member == std::string_view("qi") ? "dp" : "qi";
    EXPECT_TRUE(refused(with(text, member, rsa_private().at(other)))) << member;
  }
  object brief = with(text, "d", rsa_private().at("dp"));
  for (const auto* member : {"p", "q", "dp", "dq", "qi"}) brief.erase(member);
  EXPECT_TRUE(refused(brief)) << "d of another key, without factors to fall back on";
}

TEST(KeyFromJwk, J13_OctKeysAreAsLongAsTheirHash) {
  const auto oct = [](std::size_t size, const char* alg) {
    object jwk{{"kty", "oct"}, {"k", base64url_encode(std::string(size, 'k'))}};
    if (alg != nullptr) jwk["alg"] = alg;
    return jwk;
  };
  EXPECT_TRUE(refused(oct(0, "HS256")));
  EXPECT_TRUE(refused(oct(31, "HS256")));
  EXPECT_TRUE(refused(oct(31, nullptr)));
  EXPECT_TRUE(refused(oct(47, "HS384")));
  EXPECT_TRUE(refused(oct(63, "HS512")));
  EXPECT_FALSE(refused(oct(32, "HS256")));
  EXPECT_FALSE(refused(oct(48, "HS384")));
  EXPECT_FALSE(refused(oct(64, "HS512")));
  EXPECT_FALSE(refused(oct(64, "HS256")));
}

TEST(KeyFromJwk, J15_UseKeyOpsAndAlgMustAllow) {
  using boost::json::array;
  EXPECT_FALSE(refused(with(ed_text, "use", "sig")));
  EXPECT_TRUE(refused(with(ed_text, "use", "enc")));
  EXPECT_TRUE(refused(with(ed_text, "use", "SIG")));
  EXPECT_TRUE(refused(with(ed_text, "use", 1)));
  EXPECT_FALSE(refused(with(ed_text, "key_ops", array{"sign"})));
  EXPECT_FALSE(refused(with(ed_text, "key_ops", array{"sign", "verify", "wrapKey"})));
  EXPECT_TRUE(refused(with(ed_text, "key_ops", array{"encrypt"})));
  EXPECT_TRUE(refused(with(ed_text, "key_ops", array{})));
  EXPECT_TRUE(refused(with(ed_text, "key_ops", array{"sign", "sign"})));
  EXPECT_TRUE(refused(with(ed_text, "key_ops", array{1})));
  EXPECT_TRUE(refused(with(ed_text, "key_ops", "sign")));
  EXPECT_FALSE(Key::from_jwk(with(ed_text, "key_ops", array{"verify"})).can_sign());
  object open = without(ed_text, "d");
  open["key_ops"] = array{"sign"};
  EXPECT_TRUE(refused(open));
  open["key_ops"] = array{"verify"};
  EXPECT_FALSE(refused(open));

  EXPECT_FALSE(refused(with(ec_text, "alg", "ES256")));
  EXPECT_TRUE(refused(with(ec_text, "alg", "ES384")));
  EXPECT_TRUE(refused(with(ec_text, "alg", "ES521")));
  EXPECT_TRUE(refused(with(ec_text, "alg", "HS256")));
  EXPECT_TRUE(refused(with(ec_text, "alg", "none")));
  EXPECT_TRUE(refused(with(ec_text, "alg", 256)));
  EXPECT_FALSE(refused(parsed(rsa_text), {.algorithm = Algorithm::rs256}));
  EXPECT_TRUE(refused(parsed(rsa_text), {.algorithm = Algorithm::ps256}));
}

TEST(KeyFromJwk, FormIsStrict) {
  EXPECT_THROW((void)Key::from_jwk("[]"), InvalidKey);
  EXPECT_THROW((void)Key::from_jwk(""), InvalidKey);
  EXPECT_THROW((void)Key::from_jwk(R"({"kty":"oct","kty":"oct"})"), InvalidKey);
  EXPECT_TRUE(refused({}));
  EXPECT_TRUE(refused(with(ed_text, "kty", "okp")));
  EXPECT_TRUE(refused(with(ed_text, "kty", "EC")));
  EXPECT_TRUE(refused(with(ed_text, "kty", nullptr)));
  EXPECT_TRUE(refused(without(ed_text, "x")));
  EXPECT_TRUE(refused(with(ed_text, "d", nullptr)));
  EXPECT_TRUE(refused(with(ed_text, "x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo=")));
  EXPECT_TRUE(refused(with(ed_text, "x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURp")))
      << "unused bits";
}

TEST(KeyFromJwk, EveryTruncationIsRefused) {
  for (std::size_t size = 0; size < ec_text.size(); ++size) {
    EXPECT_THROW((void)Key::from_jwk(ec_text.substr(0, size)), InvalidKey) << size;
  }
}

}  // namespace
}  // namespace webtool::jose
