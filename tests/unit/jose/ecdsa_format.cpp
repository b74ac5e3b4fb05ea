#include "jose/ecdsa_format.hpp"

#include <gtest/gtest.h>

#include <string>

namespace webtool::jose {
namespace {

// An order of four bytes is enough to see every rule.
const std::string order("\xff\x00\x00\x05", 4);

std::optional<std::string> to_der(const std::string& signature, const std::string& n = order) {
  std::array<unsigned char, max_ecdsa_der_size> der{};
  const auto size = ecdsa_to_der(signature, n, der);
  if (!size) return std::nullopt;
  return std::string(der.begin(), der.begin() + static_cast<std::ptrdiff_t>(*size));
}

std::optional<std::string> from_der(const std::string& der, std::size_t width = 4) {
  std::string out(2 * width, '\x55');
  if (!ecdsa_from_der(der, width, reinterpret_cast<unsigned char*>(out.data()))) {
    return std::nullopt;
  }
  return out;
}

TEST(EcdsaFormat, MinimalIntegers) {
  using std::string_literals::operator""s;
  EXPECT_EQ(to_der("\0\0\0\1\0\0\0\x7f"s), "\x30\x06\x02\x01\x01\x02\x01\x7f"s);
  EXPECT_EQ(to_der("\0\0\0\x80\0\0\1\0"s), "\x30\x08\x02\x02\x00\x80\x02\x02\x01\x00"s);
  EXPECT_EQ(from_der("\x30\x06\x02\x01\x01\x02\x01\x7f"s), "\0\0\0\1\0\0\0\x7f"s);
  EXPECT_EQ(from_der("\x30\x08\x02\x02\x00\x80\x02\x02\x01\x00"s), "\0\0\0\x80\0\0\1\0"s);
}

// P-521 is the one curve whose signatures need the long form of a DER length.
TEST(EcdsaFormat, LongForm) {
  const std::string wide_order(66, '\xff');
  const std::string signature = std::string(66, '\x81') + std::string(66, '\x12');
  const auto der = to_der(signature, wide_order);
  ASSERT_TRUE(der);
  EXPECT_EQ(der->substr(0, 3), "\x30\x81\x89");
  EXPECT_EQ(from_der(*der, 66), signature);
}

TEST(EcdsaFormat, J11_FixedLengthAndRange) {
  using std::string_literals::operator""s;
  const std::string one = "\0\0\0\1"s;
  const std::string below = "\xff\0\0\4"s;
  EXPECT_TRUE(to_der(one + below));
  EXPECT_TRUE(to_der(below + one));
  for (const std::string& number : {"\0\0\0\0"s, order, "\xff\0\0\6"s, "\xff\xff\xff\xff"s}) {
    EXPECT_FALSE(to_der(number + one));
    EXPECT_FALSE(to_der(one + number));
  }
  EXPECT_FALSE(to_der(one));
  EXPECT_FALSE(to_der(""));
  EXPECT_FALSE(to_der(one + "\0\0\1"s));
  EXPECT_FALSE(to_der("\0"s + one + one));
}

TEST(EcdsaFormat, DamagedDerIsRefused) {
  using std::string_literals::operator""s;
  const std::string der = "\x30\x08\x02\x02\x00\x80\x02\x02\x01\x00"s;
  ASSERT_TRUE(from_der(der));
  for (std::size_t size = 0; size < der.size(); ++size) EXPECT_FALSE(from_der(der.substr(0, size)));
  EXPECT_FALSE(from_der(der + "x"));
  EXPECT_FALSE(from_der("\x31"s + der.substr(1)));
  EXPECT_FALSE(from_der("\x30\x84\x00\x00\x00\x08"s + der.substr(2)));
  EXPECT_FALSE(from_der("\x30\x0b\x02\x05\x01\x00\x00\x00\x00\x02\x02\x01\x00"s)) << "too wide";
  EXPECT_FALSE(from_der("\x30\x09\x02\x02\x00\x80\x02\x02\x01\x00\x05"s)) << "something after";
}

}  // namespace
}  // namespace webtool::jose
