#include <webtool/jose/base64url.hpp>

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace webtool::jose {
namespace {

TEST(Base64url, Rfc4648Examples) {
  EXPECT_EQ(base64url_encode(""), "");
  EXPECT_EQ(base64url_encode("f"), "Zg");
  EXPECT_EQ(base64url_encode("fo"), "Zm8");
  EXPECT_EQ(base64url_encode("foo"), "Zm9v");
  EXPECT_EQ(base64url_encode("foob"), "Zm9vYg");
  EXPECT_EQ(base64url_encode("fooba"), "Zm9vYmE");
  EXPECT_EQ(base64url_encode("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64url_encode("\xfb\xff\xfe"), "-__-");
}

TEST(Base64url, AppendsAndReplaces) {
  std::string out = "head.";
  base64url_encode("foo", out);
  EXPECT_EQ(out, "head.Zm9v");
  EXPECT_TRUE(base64url_decode("Zm9v", out));
  EXPECT_EQ(out, "foo");
  EXPECT_FALSE(base64url_decode("Zm9", out));
  EXPECT_EQ(out, "");
}

TEST(Base64url, RoundTripOfEveryLength) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  for (std::size_t size = 0; size < 300; ++size) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    const std::string text = base64url_encode(bytes);
    EXPECT_EQ(text.find_first_of("+/="), std::string::npos);
    EXPECT_EQ(base64url_decode(text), bytes);
  }
}

// One byte string, one text. Every character in every place, by what its value leaves over.
TEST(Base64url, J03_UnusedBitsMustBeZero) {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (int c = 0; c < 256; ++c) {
    const char character = static_cast<char>(c);
    const std::size_t value = alphabet.find(character);
    const bool known = value != std::string_view::npos;
    const std::string one(1, character);
    EXPECT_EQ(base64url_decode("A" + one).has_value(), known && value % 16 == 0) << c;
    EXPECT_EQ(base64url_decode("AA" + one).has_value(), known && value % 4 == 0) << c;
    EXPECT_EQ(base64url_decode("AAA" + one).has_value(), known) << c;
    EXPECT_EQ(base64url_decode(one + "AAA").has_value(), known) << c;
    EXPECT_EQ(base64url_decode("A" + one + "AA").has_value(), known) << c;
    EXPECT_EQ(base64url_decode("AA" + one + "AAAAA").has_value(), known) << c;
    EXPECT_EQ(base64url_decode(one + "A").has_value(), known) << c;
  }
}

TEST(Base64url, J03_ImpossibleLengthsAndPadding) {
  for (const auto* text :
       {"A", "AAAAA", "Zg==", "Zm8=", "Zm9v=", "=", "Zm9v\n", " Zm9v", "Zm 9v"}) {
    EXPECT_FALSE(base64url_decode(text)) << text;
  }
  EXPECT_TRUE(base64url_decode(""));
}

}  // namespace
}  // namespace webtool::jose
