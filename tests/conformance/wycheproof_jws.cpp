// Project Wycheproof's tokens. Where webtool is stricter than a label, the test says which and why;
// an override that is no longer needed fails as loudly as one that is missing.
#include <boost/json/serialize.hpp>
#include <webtool/jose/compact.hpp>

#include <map>
#include <set>

#include "conformance/vectors.hpp"

namespace webtool::conformance {
namespace {

using namespace jose;
using Wycheproof = Vectors;

bool accepts(const boost::json::object& jwk, const std::string& token) {
  try {
    std::string payload;
    return !verify_compact(Key::from_jwk(jwk), token, "", payload);
  } catch (const InvalidKey&) {
    return false;
  }
}

// The group's key as its user has it: public where there is a public part.
boost::json::object key_of(const boost::json::value& group) {
  const auto* open = group.as_object().if_contains("public");
  return open != nullptr ? open->as_object() : group.at("private").as_object();
}

struct Override {
  bool accepted;
  const char* why;
};

const std::map<std::int64_t, Override>& overrides() {
  static const std::map<std::int64_t, Override> table{
      {346, {false, "the key is pinned to PS256, the token says PS384"}},
      {350, {false, "the key is pinned to PS256, the token says PS384"}},
      {347, {false, "the key is pinned to ES521, which is no algorithm"}},
      {351, {false, "the key is pinned to ES521, which is no algorithm"}},
      {372, {false, "'?' is not of the base64url alphabet"}},
      {373, {false, "'?' is not of the base64url alphabet"}},
      {367, {true, "byte for byte the valid token 357"}},
      {370, {true, "byte for byte the valid token 357"}},
  };
  return table;
}

TEST_F(Wycheproof, JsonWebSignature) {
  const auto file = read_json_vector("wycheproof/json_web_signature_test.json");
  std::size_t count = 0;
  std::set<std::int64_t> overridden;
  for (const auto& group : file.at("testGroups").as_array()) {
    const auto jwk = key_of(group);
    for (const auto& test : group.at("tests").as_array()) {
      const std::int64_t id = test.at("tcId").as_int64();
      const bool labelled = test.at("result").as_string() == "valid";
      const auto override = overrides().find(id);
      const bool accepted = accepts(jwk, text_of(test.at("jws")));
      ++count;
      if (override == overrides().end()) {
        EXPECT_EQ(accepted, labelled) << "tcId " << id << ": " << test.at("comment");
        continue;
      }
      overridden.insert(id);
      EXPECT_NE(labelled, override->second.accepted) << "tcId " << id << " needs no override";
      EXPECT_EQ(accepted, override->second.accepted)
          << "tcId " << id << ": " << override->second.why;
    }
  }
  EXPECT_EQ(count, 401u);
  EXPECT_EQ(overridden.size(), overrides().size());
}

// What the overrides rest on.
TEST_F(Wycheproof, JsonWebSignatureOverridesAreWhatTheySay) {
  const auto file = read_json_vector("wycheproof/json_web_signature_test.json");
  std::map<std::int64_t, std::string> tokens;
  for (const auto& group : file.at("testGroups").as_array()) {
    auto unpinned = key_of(group);
    unpinned.erase("alg");
    for (const auto& test : group.at("tests").as_array()) {
      const std::int64_t id = test.at("tcId").as_int64();
      tokens[id] = text_of(test.at("jws"));
      if (id == 346 || id == 350) unpinned["alg"] = "PS384";
      if (id == 346 || id == 347 || id == 350 || id == 351) {
        EXPECT_TRUE(accepts(unpinned, tokens[id])) << "tcId " << id << " without its \"alg\"";
      }
    }
  }
  EXPECT_EQ(tokens[367], tokens[357]);
  EXPECT_EQ(tokens[370], tokens[357]);
  EXPECT_NE(tokens[372].find('?'), std::string::npos);
  EXPECT_NE(tokens[373].find('?'), std::string::npos);
}

}  // namespace
}  // namespace webtool::conformance
