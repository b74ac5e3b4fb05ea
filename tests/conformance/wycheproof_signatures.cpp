// Project Wycheproof's raw signatures, driven through Key::verify.
#include <webtool/jose/key.hpp>

#include <ostream>

#include "conformance/vectors.hpp"

namespace webtool::conformance {
namespace {

using namespace jose;
using Wycheproof = Vectors;

struct File {
  const char* name;
  Algorithm algorithm;
  std::size_t tests;
  friend void PrintTo(const File& file, std::ostream* out) { *out << file.name; }
};

class WycheproofSignatures : public Vectors, public ::testing::WithParamInterface<File> {};

TEST_P(WycheproofSignatures, VerifyAgrees) {
  const auto& [name, algorithm, tests] = GetParam();
  const auto file = read_json_vector("wycheproof/" + std::string(name) + ".json");
  std::size_t count = 0;
  for (const auto& group : file.at("testGroups").as_array()) {
    const Key key = Key::from_pem(text_of(group.at("publicKeyPem")), {.algorithm = algorithm});
    for (const auto& test : group.at("tests").as_array()) {
      ++count;
      // "acceptable" is PKCS#1 without the NULL: a second encoding of one signature, so refused.
      EXPECT_EQ(key.verify(bytes_of_hex(test.at("msg")), bytes_of_hex(test.at("sig"))),
                test.at("result").as_string() == "valid")
          << "tcId " << test.at("tcId") << ": " << test.at("comment");
    }
  }
  EXPECT_EQ(count, tests);
}

INSTANTIATE_TEST_SUITE_P(
    Files, WycheproofSignatures,
    ::testing::Values(File{"rsa_signature_2048_sha256_test", Algorithm::rs256, 259},
                      File{"rsa_pss_2048_sha256_mgf1_32_test", Algorithm::ps256, 108},
                      File{"ecdsa_secp256r1_sha256_p1363_test", Algorithm::es256, 262},
                      File{"ecdsa_secp384r1_sha384_p1363_test", Algorithm::es384, 280},
                      File{"ed25519_test", Algorithm::eddsa, 151}),
    [](const auto& file) { return file.param.name; });

// Half of these tags are truncated. A token's tag never is: there the whole tag must begin
// with the truncated one exactly where that is labelled valid, and the truncated one never
// verifies.
TEST_F(Wycheproof, Hmac) {
  for (const auto& [name, algorithm] :
       {std::pair{"hmac_sha256_test", Algorithm::hs256}, {"hmac_sha512_test", Algorithm::hs512}}) {
    const auto file = read_json_vector("wycheproof/" + std::string(name) + ".json");
    std::size_t count = 0;
    for (const auto& group : file.at("testGroups").as_array()) {
      for (const auto& test : group.at("tests").as_array()) {
        ++count;
        const Key key = Key::from_secret(bytes_of_hex(test.at("key")), {.algorithm = algorithm});
        const std::string message = bytes_of_hex(test.at("msg"));
        const std::string tag = bytes_of_hex(test.at("tag"));
        const bool valid = test.at("result").as_string() == "valid";
        std::string whole;
        key.sign(message, whole);
        EXPECT_EQ(whole.starts_with(tag), valid) << name << " tcId " << test.at("tcId");
        EXPECT_EQ(key.verify(message, tag), valid && tag.size() == whole.size())
            << name << " tcId " << test.at("tcId");
      }
    }
    EXPECT_EQ(count, 174u);
  }
}

}  // namespace
}  // namespace webtool::conformance
