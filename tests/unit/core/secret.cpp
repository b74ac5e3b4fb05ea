#include <webtool/core/secret.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <sstream>
#include <string>
#include <type_traits>

namespace webtool {
namespace {

constexpr std::string_view short_text = "hunter2hunter2";  // fits into the string object itself
constexpr std::string_view long_text = "correct horse battery staple, and a good deal more";

// Whether the memory of an object, living or dead, holds `text`.
bool holds(const void* memory, std::size_t size, std::string_view text) {
  const volatile auto* bytes = static_cast<const volatile unsigned char*>(memory);
  const std::string copy(bytes, bytes + size);
  return copy.find(text) != std::string::npos;
}

TEST(Secret, KeepsTheBytes) {
  const Secret secret{std::string_view("a\0b", 3)};
  EXPECT_EQ(secret.expose(), std::string_view("a\0b", 3));
  EXPECT_EQ(secret.size(), 3u);
  EXPECT_FALSE(secret.empty());
  EXPECT_TRUE(Secret().empty());
}

TEST(Secret, CopiesAreIndependent) {
  Secret first{long_text};
  const Secret copy = first;
  first = Secret{short_text};
  EXPECT_EQ(copy.expose(), long_text);
  EXPECT_EQ(first.expose(), short_text);
}

TEST(Secret, MovedFromHoldsNothing) {
  for (const auto text : {short_text, long_text}) {
    Secret from{text};
    const Secret to = std::move(from);
    EXPECT_EQ(to.expose(), text);
    EXPECT_TRUE(from.empty());
    EXPECT_FALSE(holds(&from, sizeof from, text));
  }
}

TEST(Secret, DestroyedHoldsNothing) {
  alignas(Secret) std::array<unsigned char, sizeof(Secret)> memory{};
  auto* secret = std::construct_at(reinterpret_cast<Secret*>(memory.data()), short_text);
  ASSERT_TRUE(holds(memory.data(), memory.size(), short_text));
  std::destroy_at(secret);
  EXPECT_FALSE(holds(memory.data(), memory.size(), short_text));
}

TEST(Secret, ComparesContents) {
  EXPECT_EQ(Secret{"abc"}, Secret{"abc"});
  EXPECT_NE(Secret{"abc"}, Secret{"abd"});
  EXPECT_NE(Secret{"abc"}, Secret{"ab"});
  EXPECT_EQ(Secret{}, Secret{});
}

template <class T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};

TEST(Secret, CannotBePrintedOrConverted) {
  static_assert(!Printable<Secret>);
  static_assert(!std::is_convertible_v<Secret, std::string>);
  static_assert(!std::is_convertible_v<Secret, std::string_view>);
  static_assert(!std::is_convertible_v<std::string_view, Secret>);
}

TEST(EqualInConstantTime, ComparesLengthsAndContents) {
  EXPECT_TRUE(equal_in_constant_time("", ""));
  EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abC"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abcd"));
  EXPECT_FALSE(equal_in_constant_time("abc", ""));
  EXPECT_FALSE(equal_in_constant_time(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
}

TEST(Wipe, OverwritesAllThatWasReserved) {
  std::string text(long_text);
  const char* memory = text.data();
  const std::size_t capacity = text.capacity();
  text.resize(4);  // what is cut off still stands in memory
  wipe(text);
  EXPECT_TRUE(text.empty());
  ASSERT_EQ(text.data(), memory);
  text.resize(capacity);
  EXPECT_FALSE(holds(memory, capacity, "horse"));
}

}  // namespace
}  // namespace webtool
