#include "redis/complaints.hpp"

#include <gtest/gtest.h>

#include <boost/asio/error.hpp>

namespace webtool::redis {
namespace {

using namespace std::chrono_literals;

const Complaints::Time start{};

Complaint complaint(const std::string& words, Error error = Error::server_error) {
  return {error, words, "GET"};
}

TEST(RedisComplaints, OneOfAKindIsLoggedEachMinute) {
  Complaints complaints;
  EXPECT_TRUE(complaints.note(complaint("NOPERM one key"), start));
  EXPECT_FALSE(complaints.note(complaint("NOPERM another key"), start + 59s));
  EXPECT_TRUE(complaints.note(complaint("ERR of another kind"), start + 59s));
  EXPECT_TRUE(complaints.note(complaint("NOPERM one key"), start + 60s));
  EXPECT_FALSE(complaints.note(complaint("NOPERM one key"), start + 119s));
}

TEST(RedisComplaints, EndlessKindsAreNotRememberedForEver) {
  Complaints complaints;
  int logged = 0;
  for (int i = 0; i < 10'000; ++i)
    logged += complaints.note(complaint("E" + std::to_string(i) + " x"), start);
  EXPECT_LE(logged, 64);
  EXPECT_GT(logged, 8);
}

TEST(RedisComplaints, TheLastWordsOfAnErrorAreKept) {
  Complaints complaints;
  EXPECT_EQ(complaints.words_of(Error::no_permission), "");
  (void)complaints.note(complaint("NOAUTH a", Error::no_permission), start);
  (void)complaints.note(complaint("NOPERM b", Error::no_permission), start);
  (void)complaints.note(complaint("ERR c", Error::server_error), start);
  EXPECT_EQ(complaints.words_of(Error::no_permission), "NOPERM b");
  EXPECT_EQ(complaints.words_of(Error::server_error), "ERR c");
  EXPECT_EQ(complaints.words_of(Error::timeout), "");
  // The same number in another category is another error.
  EXPECT_EQ(complaints.words_of(boost::system::error_code(static_cast<int>(Error::server_error),
                                                          boost::system::system_category())),
            "");
}

TEST(RedisComplaints, TroubleIsToldOfConnectionsUntilItEnds) {
  Complaints complaints;
  complaints.note_trouble("cannot connect: refused");
  EXPECT_EQ(complaints.words_of(Error::connect_failed), "cannot connect: refused");
  EXPECT_EQ(complaints.words_of(Error::breaker_open), "cannot connect: refused");
  EXPECT_EQ(complaints.words_of(Error::queue_full), "");
  complaints.end_trouble();
  EXPECT_EQ(complaints.words_of(Error::connect_failed), "");
}

}  // namespace
}  // namespace webtool::redis
