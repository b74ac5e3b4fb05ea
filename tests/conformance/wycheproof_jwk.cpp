// Project Wycheproof's key sets, sound and unsound, each with a token signed by one of its keys.
#include <boost/json/serialize.hpp>
#include <webtool/jose/compact.hpp>

#include "conformance/vectors.hpp"

namespace webtool::conformance {
namespace {

using namespace jose;
using Wycheproof = Vectors;

bool accepts(const boost::json::value& jwks, const std::string& token) {
  try {
    std::string payload;
    return !verify_compact(KeyRing::from_jwks(boost::json::serialize(jwks)), token, "", payload);
  } catch (const InvalidKey&) {
    return false;
  }
}

TEST_F(Wycheproof, JsonWebKey) {
  const auto file = read_json_vector("wycheproof/json_web_key_test.json");
  std::size_t count = 0;
  for (const auto& group : file.at("testGroups").as_array()) {
    for (const auto& test : group.at("tests").as_array()) {
      ++count;
      const bool valid = test.at("result").as_string() == "valid";
      for (const char* half : {"private", "public"}) {
        const auto* jwks = group.as_object().if_contains(half);
        if (jwks == nullptr) continue;
        EXPECT_EQ(accepts(*jwks, text_of(test.at("jws"))), valid)
            << "tcId " << test.at("tcId") << ' ' << half << ": " << test.at("comment");
      }
    }
  }
  EXPECT_EQ(count, 26u);
}

// The ROCA key (tcId 7) must be refused for what it is, and not for some other fault.
TEST_F(Wycheproof, RocaKeyIsNamedAsSuch) {
  const auto file = read_json_vector("wycheproof/json_web_key_test.json");
  for (const auto& group : file.at("testGroups").as_array()) {
    if (group.at("comment").as_string() != "jws_rsa_roca_key") continue;
    const auto& jwk = group.at("public").at("keys").at(0).as_object();
    try {
      (void)Key::from_jwk(jwk);
      FAIL() << "a key that can be factored was taken";
    } catch (const InvalidKey& error) {
      EXPECT_NE(std::string(error.what()).find("factored"), std::string::npos) << error.what();
    }
    return;
  }
  FAIL() << "the ROCA key is not among the vectors";
}

}  // namespace
}  // namespace webtool::conformance
