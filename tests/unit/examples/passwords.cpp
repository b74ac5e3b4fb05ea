#include "passwords.hpp"

#include <gtest/gtest.h>

#include <string>

#include "support/run.hpp"

namespace {

using webtool::Secret;

constexpr PasswordCost cheap{64, 1, 1}, dear{256, 3, 1};

// A hash of "right" at some cost. In all tests a loop outlives the threads that report to it.
std::string hash_at(const PasswordCost& cost) {
  webtool::test::Loop loop;
  Passwords passwords(cost, 1);
  const Secret right("right");
  return loop.run(passwords.hash(right));
}

// What it takes to refuse, by the memory that is filled.
std::uint64_t work_of_refusal(webtool::test::Loop& loop, Passwords& passwords,
                              const std::string* hash) {
  const Secret wrong("wrong");
  const auto before = passwords.work_done();
  EXPECT_FALSE(loop.run(passwords.verify(wrong, hash)));
  return passwords.work_done() - before;
}

// What is left to do is rounded to whole KiB in each pass.
void expect_about(std::uint64_t work, std::uint64_t wanted) {
  EXPECT_NEAR(static_cast<double>(work), static_cast<double>(wanted), 4);
}

TEST(Passwords, AreVerifiedAtAnyCost) {
  webtool::test::Loop loop;
  const Secret right("right"), wrong("wrong");
  for (const auto& cost : {cheap, dear, PasswordCost{128, 2, 4}}) {
    const auto hash = hash_at(cost);
    Passwords passwords(cheap, 1);
    EXPECT_TRUE(loop.run(passwords.verify(right, &hash))) << hash;
    EXPECT_FALSE(loop.run(passwords.verify(wrong, &hash))) << hash;
    EXPECT_EQ(passwords.is_outdated(hash), cost.text() != cheap.text());
  }
  Passwords passwords(cheap, 1);
  EXPECT_FALSE(loop.run(passwords.verify(right, nullptr)));
  EXPECT_FALSE(loop.run(passwords.verify(Secret("nobody's"), nullptr)));
}

// A known name with a hash of an older cost, a name nobody has, and a hash that is none: how long a
// refusal takes must not tell them apart.
TEST(Passwords, EveryRefusalCostsTheSame) {
  const auto old = hash_at(cheap), current = hash_at(dear);
  const std::string broken = "$2b$12$not-argon2", reserved;
  webtool::test::Loop loop;
  Passwords passwords(dear, 1);
  for (const std::string* hash :
       {&old, &current, &broken, &reserved, static_cast<const std::string*>(nullptr)})
    expect_about(work_of_refusal(loop, passwords, hash), dear.work());
}

TEST(Passwords, ARefusalCostsAsMuchAsTheCostliestHashThatWasMet) {
  const auto costly = hash_at(dear), lanes = hash_at({512, 4, 2});
  webtool::test::Loop loop;
  Passwords passwords(cheap, 1);
  expect_about(work_of_refusal(loop, passwords, nullptr), cheap.work());
  expect_about(work_of_refusal(loop, passwords, &costly), dear.work());
  expect_about(work_of_refusal(loop, passwords, nullptr), dear.work());
  expect_about(work_of_refusal(loop, passwords, &lanes), (PasswordCost{512, 4, 2}.work()));
  expect_about(work_of_refusal(loop, passwords, nullptr), (PasswordCost{512, 4, 2}.work()));
  expect_about(work_of_refusal(loop, passwords, &costly), (PasswordCost{512, 4, 2}.work()));
}

TEST(PasswordCost, IsReadFromItsText) {
  EXPECT_EQ(PasswordCost::parse("m=19456,t=2,p=1").text(), PasswordCost{}.text());
  for (const char* bad :
       {"", "m=1,t=1,p=1", "m=64,t=0,p=1", "m=64,t=1,p=0", "m=64, t=1,p=1", "m=64,t=1,p=1 ",
        "m=064,t=1,p=1", "m=-64,t=1,p=1", "64,1,1", "m=31,t=1,p=4"})
    EXPECT_THROW(PasswordCost::parse(bad), std::invalid_argument) << bad;
  EXPECT_EQ(PasswordCost::of(hash_at(cheap))->text(), cheap.text());
  for (const char* other : {"", "$argon2id$v=19$", "$argon2i$v=19$m=64,t=1,p=1$a$b", "$2b$12$x",
                            "$argon2id$v=19$m=64,t=1,p=1x$a$b"})
    EXPECT_FALSE(PasswordCost::of(other)) << other;
}

}  // namespace
