// The examples of RFC 7515 (appendix A), RFC 7517 (A), RFC 7520 (section 4) and RFC 8037 (A).
#include <webtool/jose/base64url.hpp>
#include <webtool/jose/compact.hpp>

#include <optional>

#include "conformance/vectors.hpp"

namespace webtool::conformance {
namespace {

using namespace jose;
using Rfc = Vectors;

struct Judgement {
  boost::system::error_code error;
  std::string payload;
};

Judgement judge(const KeyRing& keys, const std::string& token) {
  Judgement judgement;
  judgement.error = verify_compact(keys, token, "", judgement.payload);
  return judgement;
}

TEST_F(Rfc, Rfc7515AppendixA) {
  const std::string claims =
      "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";
  for (const auto& [name, algorithm, payload] :
       {std::tuple{"A.1", Algorithm::hs256, claims},
        {"A.2", Algorithm::rs256, claims},
        {"A.3", Algorithm::es256, claims},
        {"A.4", Algorithm::es512, std::string("Payload")}}) {
    const std::string file = std::string("rfc7515/rfc7515_") + name;
    const Key key = Key::from_jwk(read_vector(file + ".jwk"), {.algorithm = algorithm});
    const auto judgement = judge(key, read_vector(file + ".jwsc"));
    EXPECT_FALSE(judgement.error) << name << ": " << judgement.error.message();
    EXPECT_EQ(judgement.payload, payload) << name;
  }
}

// A.5 is the unsecured token, which is no token here.
TEST_F(Rfc, Rfc7515AppendixA5IsRefused) {
  const std::string token = read_vector("rfc7515/rfc7515_A.5.jwsc");
  for (const auto* name : {"A.1", "A.2", "A.3", "A.4"}) {
    const Key key = Key::from_jwk(read_vector(std::string("rfc7515/rfc7515_") + name + ".jwk"));
    EXPECT_EQ(judge(key, token).error, TokenError::algorithm_mismatch);
  }
}

// Deterministic algorithms give the very bytes of the RFC.
TEST_F(Rfc, Rfc7515SignaturesAreReproduced) {
  for (const auto& [name, algorithm] :
       {std::pair{"A.1", Algorithm::hs256}, std::pair{"A.2", Algorithm::rs256}}) {
    const std::string file = std::string("rfc7515/rfc7515_") + name;
    const std::string token = read_vector(file + ".jwsc");
    std::string signature;
    Key::from_jwk(read_vector(file + ".jwk"), {.algorithm = algorithm})
        .sign(token.substr(0, token.rfind('.')), signature);
    EXPECT_EQ(base64url_encode(signature), token.substr(token.rfind('.') + 1)) << name;
  }
}

// Of the sets of RFC 7517 only the keys for signatures are ours.
TEST_F(Rfc, Rfc7517KeySets) {
  for (const auto* name : {"rfc7517_A.1", "rfc7517_A.2"}) {
    const KeyRing ring =
        KeyRing::from_jwks(read_vector(std::string("rfc7515/") + name + ".jwkset"));
    ASSERT_EQ(ring.keys().size(), 1u) << "the EC key is for encryption";
    EXPECT_EQ(ring.keys().front().kid(), "2011-04-29");
  }
  const KeyRing secrets = KeyRing::from_jwks(read_vector("rfc7515/rfc7517_A.3.jwkset"));
  ASSERT_EQ(secrets.keys().size(), 1u) << "A128KW is for encryption";
  EXPECT_TRUE(secrets.keys().front().is_symmetric());
}

TEST_F(Rfc, Rfc7520Section4) {
  for (const auto* name : {"4_1.rsa_v15_signature", "4_2.rsa-pss_signature", "4_3.ecdsa_signature",
                           "4_4.hmac-sha2_integrity_protection"}) {
    const auto vector = read_json_vector(std::string("cookbook/jws/") + name + ".json");
    const auto& input = vector.at("input").as_object();
    const auto algorithm = parse_algorithm(text_of(input.at("alg")));
    const Key key = Key::from_jwk(input.at("key").as_object(), {.algorithm = algorithm});
    const auto judgement = judge(key, text_of(vector.at("output").at("compact")));
    EXPECT_FALSE(judgement.error) << name << ": " << judgement.error.message();
    EXPECT_EQ(judgement.payload, text_of(input.at("payload"))) << name;
  }
}

TEST_F(Rfc, Rfc8037Ed25519) {
  const auto vector = read_json_vector("cookbook/curve25519/jws.json");
  const Key key = Key::from_jwk(vector.at("input").at("key").as_object());
  const std::string token = text_of(vector.at("output").at("compact"));
  const auto judgement = judge(key, token);
  EXPECT_FALSE(judgement.error) << judgement.error.message();
  EXPECT_EQ(judgement.payload, text_of(vector.at("input").at("payload")));
  std::string signature;
  key.sign(token.substr(0, token.rfind('.')), signature);
  EXPECT_EQ(base64url_encode(signature), text_of(vector.at("signing").at("sig")));
}

// RFC 7797: an unencoded payload is refused, although its signature is correct.
TEST_F(Rfc, Rfc7797IsRefused) {
  for (const auto* name : {"4.2.hmac-sha2_b64_false", "hmac-sha2_b64_false"}) {
    const auto vector = read_json_vector(std::string("cookbook/rfc7797/") + name + ".json");
    const Key key =
        Key::from_jwk(vector.at("input").at("key").as_object(), {.algorithm = Algorithm::hs256});
    const auto& flat = vector.at("output").at("json_flat");
    const std::string token = text_of(flat.at("protected")) + '.' + text_of(flat.at("payload")) +
                              '.' + text_of(flat.at("signature"));
    EXPECT_EQ(judge(key, token).error, TokenError::unsupported_header) << name;
  }
}

}  // namespace
}  // namespace webtool::conformance
