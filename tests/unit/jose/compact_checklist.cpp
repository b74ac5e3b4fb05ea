// The lines of the token checklist that are decided before, or by, the signature. Tokens here are
// validly signed unless the line says otherwise: the refusal must come from what the line is about.
#include <gtest/gtest.h>
#include <boost/json/serialize.hpp>
#include <webtool/jose/compact.hpp>

#include <string>

#include "unit/jose/forge.hpp"

namespace webtool::jose {
namespace {

using namespace testing;
using std::string_literals::operator""s;

const Key& secret() {
  static const Key key = Key::from_secret("0123456789abcdef0123456789abcdef");
  return key;
}

std::string head(std::string_view more = "") {
  return R"({"alg":"HS256")" + std::string(more) + "}";
}

// A token of exactly `size` bytes.
std::string token_of_size(std::size_t size) {
  std::string header = head();
  for (int padding = 0; padding < 4; ++padding, header.insert(1, " ")) {
    const std::size_t rest = size - (header.size() * 4 + 2) / 3 - 2 - 43;
    if (rest % 4 != 1)
      return forge(secret(), header,
                   std::string(rest / 4 * 3 + (rest % 4 ? rest % 4 - 1 : 0), 'p'));
  }
  return {};
}

TEST(TokenChecklist, J01_LengthCapsAreTheBounds) {
  ASSERT_EQ(token_of_size(max_token_size).size(), max_token_size);
  EXPECT_FALSE(judge(secret(), token_of_size(max_token_size)));
  ASSERT_EQ(token_of_size(max_token_size + 1).size(), max_token_size + 1);
  EXPECT_EQ(judge(secret(), token_of_size(max_token_size + 1)), TokenError::too_large);

  const auto header_of = [](std::size_t bytes) {
    const std::string start = R"({"alg":"HS256","x":")";
    return start + std::string(bytes - start.size() - 2, 'x') + "\"}";
  };
  EXPECT_FALSE(judge(secret(), forge(secret(), header_of(768))));  // 1024 characters
  EXPECT_EQ(judge(secret(), forge(secret(), header_of(769))), TokenError::too_large);
}

// Two megabytes, of which nothing is decoded.
TEST(TokenChecklist, J01_U14_HugeTokensAreTurnedAway) {
  EXPECT_EQ(judge(secret(), std::string(2'000'000, 'A')), TokenError::too_large);
  EXPECT_EQ(judge(secret(), std::string(2'000'000, '.')), TokenError::too_large);
}

TEST(TokenChecklist, J01_NothingIsSignedThatWouldBeRefused) {
  const std::string token = sign_compact(secret(), "at+jwt", "");
  const std::size_t room = (max_token_size - token.size()) / 4 * 3;
  EXPECT_FALSE(judge(secret(), sign_compact(secret(), "at+jwt", std::string(room, 'p'))));
  EXPECT_THROW((void)sign_compact(secret(), "at+jwt", std::string(room + 3, 'p')),
               std::length_error);
  EXPECT_THROW((void)sign_compact(secret(), "at+jwt", std::string(10'000'000, 'p')),
               std::length_error);
}

TEST(TokenChecklist, J02_ThreeSegmentsAndNothingElse) {
  const std::string token = sign_compact(secret(), "", "{}");
  for (const std::string& bad :
       {""s,
        "."s,
        ".."s,
        "..."s,
        "a.b"s,
        "a.b.c.d"s,
        "a.b.c.d.e"s,
        token + ".",
        "." + token,
        token + ".AAAA",
        " " + token,
        token + " ",
        token + "\n",
        "\t" + token,
        token + "\0"s,
        "\0"s + token,
        token + "=",
        token.substr(0, token.rfind('.')),
        "Bearer " + token,
        R"({"payload":"e30","protected":"eyJhbGciOiJIUzI1NiJ9","signature":"AAAA"})"s}) {
    EXPECT_EQ(judge(secret(), bad), TokenError::malformed) << bad;
  }
}

TEST(TokenChecklist, J03_EverySegmentIsCanonical) {
  const std::string header = base64url_encode(head());
  for (const std::string& bad :
       {"AB"s, "A"s, "AAAAA"s, "AA=="s, "AA+A"s, "AA/A"s, "AA A"s, "?AAA"s}) {
    EXPECT_EQ(judge(secret(), forge_segments(secret(), header, bad)), TokenError::malformed) << bad;
    EXPECT_EQ(judge(secret(), forge_segments(secret(), bad, "e30")), TokenError::malformed) << bad;
    EXPECT_EQ(judge(secret(), header + ".e30." + bad), TokenError::malformed) << bad;
  }
  // The same bytes with unused bits set: another text of a valid signature.
  std::string token = sign_compact(secret(), "", "{}");
  ASSERT_EQ((token.size() - token.rfind('.') - 1) % 4, 3u);
  token.back() = static_cast<char>(token.back() + 1);
  EXPECT_EQ(judge(secret(), token), TokenError::malformed);
}

TEST(TokenChecklist, J04_TheHeaderIsOneJsonObject) {
  for (const std::string& bad :
       {""s, "[]"s, "1"s, "null"s, "\"HS256\""s, head() + "x", head() + head(),
        "\xef\xbb\xbf" + head(), R"({"alg":"HS256","x":")"s + "\xff" + "\"}", head() + "\0"s,
        R"({'alg':'HS256'})"s, head(R"(,"x":)" + std::string(16, '[') + std::string(16, ']'))}) {
    EXPECT_EQ(judge(secret(), forge(secret(), bad)), TokenError::malformed) << bad;
  }
}

TEST(TokenChecklist, J05_DuplicateHeaderMembersAreRefused) {
  for (const auto* more :
       {R"(,"alg":"HS256")", R"(,"kid":"a","kid":"a")", R"(,"typ":"a","typ":"b")",
        R"(,"\u0061lg":"none")", R"(,"x":{"y":1,"y":1})", R"(,"x":[{"y":1,"y":1}])"}) {
    EXPECT_EQ(judge(secret(), forge(secret(), head(more))), TokenError::malformed) << more;
  }
}

TEST(TokenChecklist, J06_AlgIsExactlyTheKeys) {
  for (const auto* alg : {"none", "None", "NONE", "noNE", "HS256 ", " HS256", "hs256",
                          "HS256\\u0000", "HS384", "HS512", "RS256", "EdDSA", ""}) {
    EXPECT_EQ(judge(secret(), forge(secret(), R"({"alg":")"s + alg + "\"}")),
              TokenError::algorithm_mismatch)
        << alg;
  }
  for (const auto* header : {R"({})", R"({"alg":256})", R"({"alg":null})", R"({"alg":["HS256"]})",
                             R"({"ALG":"HS256"})"}) {
    EXPECT_EQ(judge(secret(), forge(secret(), header)), TokenError::malformed) << header;
  }
  // Within a family, too.
  const Key rsa = Key::generate_rsa();
  EXPECT_EQ(judge(rsa, sign_compact(rsa.with_algorithm(Algorithm::rs512), "", "{}")),
            TokenError::algorithm_mismatch);
  EXPECT_EQ(judge(rsa, sign_compact(rsa.with_algorithm(Algorithm::ps256), "", "{}")),
            TokenError::algorithm_mismatch);
}

TEST(TokenChecklist, J07_TheHeaderIsRefusedBeforeTheKeyIsSought) {
  EXPECT_EQ(judge(secret(), forge(secret(), head(R"(,"kid":"unknown","crit":["exp"])"))),
            TokenError::unsupported_header);
  EXPECT_EQ(judge(secret(), forge(secret(), R"({"kid":"unknown"})")), TokenError::malformed);
  // And the key before the signature: these signatures are none.
  EXPECT_EQ(judge(secret(), base64url_encode(head(R"(,"kid":"unknown")")) + ".e30.AAAA"),
            TokenError::unknown_key);
  EXPECT_EQ(judge(secret(), base64url_encode(R"({"alg":"HS512"})") + ".e30.AAAA"),
            TokenError::algorithm_mismatch);
}

TEST(TokenChecklist, J08_NoneIsNeverAccepted) {
  const std::string unsigned_token = base64url_encode(R"({"alg":"none"})") + ".e30.";
  EXPECT_EQ(judge(secret(), unsigned_token), TokenError::algorithm_mismatch);
  EXPECT_EQ(judge(Key::generate(KeyType::ed25519), unsigned_token), TokenError::algorithm_mismatch);
  EXPECT_EQ(judge(secret(), base64url_encode(head()) + ".e30."), TokenError::bad_signature);
}

TEST(TokenChecklist, J08_APublicKeyIsNoHmacSecret) {
  for (const Key& key : {Key::generate(KeyType::p256), Key::generate_rsa()}) {
    // The forger cannot even have webtool make this secret, so HMAC is asked for by hand.
    const std::string public_text = key.public_pem();
    std::string disguised = "x" + public_text;
    disguised.replace(0, 6, "______");
    const Key forger = Key::from_secret(disguised, {.algorithm = Algorithm::hs256});
    EXPECT_EQ(judge(key, forge(forger, head(R"(,"kid":")" + key.kid() + "\""))),
              TokenError::algorithm_mismatch);
    EXPECT_EQ(judge(key, forge(forger, head())), TokenError::algorithm_mismatch);
  }
}

TEST(TokenChecklist, J09_CriticalExtensionsAreRefused) {
  for (const auto* more :
       {R"(,"crit":["exp"],"exp":1)", R"(,"crit":["b64"],"b64":false)",
        R"(,"crit":["b64"],"b64":true)", R"(,"b64":false)", R"(,"b64":true)", R"(,"crit":[])",
        R"(,"crit":"exp")", R"(,"crit":null)", R"(,"crit":["exp","exp"],"exp":1)",
        R"(,"crit":["alg"])", R"(,"crit":["absent"])", R"(,"crit":[1])", R"(,"\u0063rit":["x"])"}) {
    EXPECT_EQ(judge(secret(), forge(secret(), head(more))), TokenError::unsupported_header) << more;
  }
}

TEST(TokenChecklist, J10_KeysInTheHeaderAreRefused) {
  const Key attacker = Key::generate(KeyType::ed25519);
  const std::string jwk = boost::json::serialize(attacker.public_jwk());
  EXPECT_EQ(judge(attacker, forge(attacker, R"({"alg":"EdDSA","jwk":)" + jwk + "}")),
            TokenError::unsupported_header);
  for (const auto* more : {R"(,"jwk":null)", R"(,"jku":"https://evil.example/keys")",
                           R"(,"x5u":"https://evil.example/cert")", R"(,"x5c":["MIIB"])"}) {
    EXPECT_EQ(judge(secret(), forge(secret(), head(more))), TokenError::unsupported_header) << more;
  }
}

TEST(TokenChecklist, J11_EcdsaSignaturesHaveOneForm) {
  const Key key = Key::generate(KeyType::p256);
  const std::string token = forge(key, R"({"alg":"ES256"})");
  ASSERT_FALSE(judge(key, token));
  const std::string signed_part = token.substr(0, token.rfind('.') + 1);
  const std::string signature = *base64url_decode(token.substr(signed_part.size()));
  const std::string r = signature.substr(0, 32);
  const std::string s = signature.substr(32);
  const std::string zero(32, '\0');
  const std::string high(32, '\xff');
  for (const std::string& bad :
       {"\0"s + signature, signature + "\0"s, signature.substr(1), zero + s, r + zero, zero + zero,
        high + s, r + high, "\x30\x44\x02\x20"s + r + "\x02\x20" + s}) {
    EXPECT_EQ(judge(key, signed_part + base64url_encode(bad)), TokenError::bad_signature);
  }
}

TEST(TokenChecklist, J14_OneEdwardsNameIsNotTheOther) {
  const Key key = Key::generate(KeyType::ed25519);
  const Key pinned = key.with_algorithm(Algorithm::ed25519);
  EXPECT_FALSE(judge(key, sign_compact(key, "", "{}")));
  EXPECT_FALSE(judge(pinned, sign_compact(pinned, "", "{}")));
  EXPECT_EQ(judge(key, sign_compact(pinned, "", "{}")), TokenError::algorithm_mismatch);
  EXPECT_EQ(judge(pinned, sign_compact(key, "", "{}")), TokenError::algorithm_mismatch);
}

TEST(TokenChecklist, J16_AnUnknownKidIsNotTriedOnOtherKeys) {
  for (const std::string& kid :
       {""s, "unknown"s, "../../dev/null"s, "' OR 1=1 --"s, std::string(129, 'k'),
        secret().kid() + "A", secret().kid().substr(1)}) {
    EXPECT_EQ(judge(secret(), forge(secret(), head(R"(,"kid":")" + kid + "\""))),
              TokenError::unknown_key)
        << kid;
  }
  for (const auto* kid : {"1", "null", "[]", "{}"}) {
    EXPECT_EQ(judge(secret(), forge(secret(), head(R"(,"kid":)"s + kid))), TokenError::malformed);
  }
  // Nor is the kid of one key good for the signature of another.
  const KeyRing ring({Key::generate_symmetric(32), secret()});
  EXPECT_EQ(judge(ring, forge(secret(), head(R"(,"kid":")" + ring.signing_key().kid() + "\""))),
            TokenError::bad_signature);
}

TEST(TokenChecklist, J17_WithoutKidOnlyWhereOneKeyIs) {
  EXPECT_FALSE(judge(secret(), forge(secret(), head())));
  EXPECT_EQ(judge(KeyRing({secret(), Key::generate_symmetric(32)}), forge(secret(), head())),
            TokenError::unknown_key);
}

// What a client is told is not decided here; that no reason quotes the token is.
TEST(TokenChecklist, J18_ReasonsAreOneClassAndQuoteNothing) {
  for (const std::string& token : {"TELLTALE"s, forge(secret(), head(R"(,"kid":"TELLTALE")")),
                                   forge(secret(), R"({"alg":"TELLTALE"})")}) {
    const auto error = judge(secret(), token);
    EXPECT_EQ(&error.category(), &token_category());
    EXPECT_EQ(error.message().find("TELLTALE"), std::string::npos);
  }
  EXPECT_STREQ(token_category().name(), "webtool.token");
}

TEST(TokenChecklist, J19_NestedAndCompressedTokensAreRefused) {
  for (const auto* more : {R"(,"cty":"JWT")", R"(,"cty":"jwt")", R"(,"cty":"application/jwt")",
                           R"(,"zip":"DEF")", R"(,"zip":null)"}) {
    EXPECT_EQ(judge(secret(), forge(secret(), head(more))), TokenError::unsupported_header) << more;
  }
  EXPECT_EQ(judge(secret(), forge(secret(), head(R"(,"cty":1)"))), TokenError::malformed);
}

}  // namespace
}  // namespace webtool::jose
