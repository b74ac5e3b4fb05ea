#include <webtool/jose/compact.hpp>

#include <gtest/gtest.h>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <string>

#include "unit/jose/forge.hpp"

namespace webtool::jose {
namespace {

using namespace testing;

const Key& secret() {
  static const Key key = Key::from_secret("0123456789abcdef0123456789abcdef");
  return key;
}

TEST(SignCompact, TheHeaderNamesAlgorithmKeyAndType) {
  const std::string token = sign_compact(secret(), "at+jwt", "payload");
  const auto header = base64url_decode(token.substr(0, token.find('.')));
  EXPECT_EQ(header, R"({"alg":"HS256","kid":")" + secret().kid() + R"(","typ":"at+jwt"})");
  const std::string untyped = sign_compact(secret(), "", "payload");
  EXPECT_EQ(base64url_decode(untyped.substr(0, untyped.find('.'))),
            R"({"alg":"HS256","kid":")" + secret().kid() + R"("})");
}

TEST(SignCompact, RoundTripOfEveryKindOfKey) {
  for (const Key& key :
       {secret(), Key::generate_symmetric(), Key::generate(KeyType::ed25519),
        Key::generate(KeyType::ed448), Key::generate(KeyType::p256), Key::generate(KeyType::p384),
        Key::generate(KeyType::p521), Key::generate(KeyType::secp256k1), Key::generate_rsa(),
        Key::generate_rsa().with_algorithm(Algorithm::ps512)}) {
    for (const std::string_view typ : {"", "at+jwt", "rt+jwt", "x"}) {
      const std::string token = sign_compact(key, typ, R"({"sub":"123"})");
      std::string payload;
      EXPECT_FALSE(verify_compact(key, token, typ, payload)) << name(key.algorithm());
      EXPECT_EQ(payload, R"({"sub":"123"})");
      EXPECT_FALSE(judge(key, token)) << "any type";
    }
  }
}

TEST(SignCompact, AnyBytesAsPayload) {
  for (const std::string& bytes :
       {std::string(), std::string("\0", 1), std::string(1000, '\xff')}) {
    std::string payload = "x";
    EXPECT_FALSE(verify_compact(secret(), sign_compact(secret(), "", bytes), "", payload));
    EXPECT_EQ(payload, bytes);
  }
}

// A kid of one's own makes headers of every length modulo 3, and may need escapes.
TEST(SignCompact, AnyKid) {
  for (const std::string& kid :
       {std::string(), std::string("a"), std::string("ab"), std::string("abc"),
        std::string("\"\\\n\x01/é"), std::string(128, 'k')}) {
    const Key key = Key::generate(KeyType::ed25519);
    boost::json::object jwk = key.public_jwk();
    jwk["kid"] = kid;
    const KeyRing ring = Key::from_jwk(jwk);
    boost::json::object header{{"alg", "EdDSA"}, {"kid", kid}};
    EXPECT_FALSE(judge(ring, forge(key, boost::json::serialize(header))));
  }
}

TEST(SignCompact, MisuseThrows) {
  const Key open = Key::from_pem(Key::generate(KeyType::p256).public_pem());
  EXPECT_THROW((void)sign_compact(open, "", "x"), std::logic_error);
  EXPECT_THROW((void)sign_compact(secret(), "a\"b", "x"), std::logic_error);
  EXPECT_THROW((void)sign_compact(secret(), std::string(65, 'a'), "x"), std::logic_error);
}

// What a ring did not write itself is read, and means the same.
TEST(VerifyCompact, HeadersOfOthers) {
  const std::string kid = secret().kid();
  for (const std::string& header :
       {R"({"typ":"at+jwt","alg":"HS256","kid":")" + kid + "\"}",
        R"({"alg":"HS256","typ":"at+jwt"})" + std::string(),
        R"( { "alg" : "HS256",)"
        "\r\n"
        R"( "typ" : "application/at+jwt" } )" +
            std::string(),
        R"({"alg":"HS256","typ":"AT+JWT","nonsense":[1,{"a":2}],"x5t":"abc"})" + std::string(),
        R"({"\u0061lg":"HS256","typ":"APPLICATION/at+JWT","cty":"text/plain"})" + std::string()}) {
    EXPECT_FALSE(judge(secret(), forge(secret(), header), "at+jwt")) << header;
  }
}

TEST(VerifyCompact, TheKindAskedForIsTheKindGiven) {
  const std::string access = sign_compact(secret(), "at+jwt", "{}");
  EXPECT_FALSE(judge(secret(), access, "at+jwt"));
  EXPECT_FALSE(judge(secret(), access, "AT+jwt"));
  EXPECT_EQ(judge(secret(), access, "rt+jwt"), TokenError::wrong_type);
  EXPECT_EQ(judge(secret(), access, "jwt"), TokenError::wrong_type);
  EXPECT_EQ(judge(secret(), sign_compact(secret(), "", "{}"), "at+jwt"), TokenError::wrong_type);
  EXPECT_EQ(judge(secret(), sign_compact(secret(), "text/at+jwt", "{}"), "at+jwt"),
            TokenError::wrong_type);
  EXPECT_EQ(judge(secret(), forge(secret(), R"({"alg":"HS256","typ":1})"), "at+jwt"),
            TokenError::malformed);
}

TEST(VerifyCompact, ReusesThePayloadsMemory) {
  const std::string token = sign_compact(secret(), "at+jwt", "short");
  std::string payload(500, 'x');
  const char* memory = payload.data();
  EXPECT_FALSE(verify_compact(secret(), token, "at+jwt", payload));
  EXPECT_EQ(payload, "short");
  EXPECT_EQ(payload.data(), memory);
}

TEST(VerifyCompact, EveryTruncationAndEveryChangedCharacterIsRefused) {
  const KeyRing ring(secret());
  const std::string token = sign_compact(secret(), "at+jwt", R"({"sub":"123"})");
  for (std::size_t size = 0; size < token.size(); ++size) {
    EXPECT_TRUE(judge(ring, token.substr(0, size), "at+jwt").failed()) << size;
    EXPECT_TRUE(judge(ring, token.substr(size + 1), "at+jwt").failed()) << size;
    for (const char c : {'A', 'B', '.', '=', ' ', '\0', '\x80'}) {
      std::string other = token;
      if (other[size] == c) continue;
      other[size] = c;
      EXPECT_TRUE(judge(ring, other, "at+jwt").failed()) << size;
    }
  }
}

}  // namespace
}  // namespace webtool::jose
