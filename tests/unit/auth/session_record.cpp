#include "auth/session_record.hpp"

#include <gtest/gtest.h>

namespace webtool::auth {
namespace {

using namespace std::chrono_literals;

Session sample() {
  Session session;
  session.id = "00000000000000aa";
  session.refresh = "0123456789abcdef";
  session.previous = "fedcba9876543210";
  session.created = Timestamp(1795289904957801us);
  session.rotated = Timestamp(1795289904957802us);
  session.expires = Timestamp(1795289904957803us);
  session.note = "a note  with spaces";
  return session;
}

TEST(SessionRecord, IsReadableText) {
  EXPECT_EQ(pack(sample()),
            "0123456789abcdef fedcba9876543210 1795289904957801 1795289904957802 1795289904957803 "
            "a note  with spaces");
}

TEST(SessionRecord, RoundTrip) {
  auto session = sample();
  EXPECT_EQ(unpack(session.id, pack(session)), session);
  session.previous.clear();
  session.note.clear();
  EXPECT_EQ(unpack(session.id, pack(session)), session);
}

TEST(SessionRecord, EveryTruncationIsRefusedOrAShorterNote) {
  const auto text = pack(sample());
  const auto note = text.size() - sample().note.size();
  for (std::size_t size = 0; size < note; ++size) EXPECT_FALSE(unpack("id", text.substr(0, size)));
  for (auto size = note; size <= text.size(); ++size)
    EXPECT_TRUE(unpack("id", text.substr(0, size)));
}

TEST(SessionRecord, NonsenseIsRefused) {
  for (const char* bad : {"", " ", "a b c d e f", "a b 1 2 x n", "a b 1 2 99999999999999999999 n",
                          "a b 1.5 2 3 n", "a b  1 2 3 n"})
    EXPECT_FALSE(unpack("id", bad)) << bad;
}

TEST(SessionRecord, TheKeyTellsNothingAndHasOneSlot) {
  const auto key = session_key("alice@example.org");
  EXPECT_EQ(key.find("alice"), std::string::npos);
  EXPECT_EQ(key.substr(0, 4), "wt:{");
  EXPECT_EQ(key.substr(key.size() - 10), "}:sessions");
  EXPECT_EQ(key.size(), 4u + 22u + 10u);
  // The first 128 bits of SHA-256("abc").
  EXPECT_EQ(session_key("abc"), "wt:{ungWv48Bz-pBQUDeXa4iIw}:sessions");
  EXPECT_NE(session_key("a"), session_key("b"));
}

}  // namespace
}  // namespace webtool::auth
