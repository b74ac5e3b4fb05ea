#include <webtool/db/value.hpp>

#include <gtest/gtest.h>
#include <boost/json/value.hpp>

#include <limits>

#include <webtool/db/error.hpp>

namespace webtool::db {
namespace {

using JsonColumn = Column<boost::json::value>;

Error error_of(auto work) {
  try {
    work();
  } catch (const DatabaseError& error) {
    return error.error();
  }
  return Error{};
}

TEST(JsonColumn, RefusesToWriteNumbersThatAreNotFinite) {
  using Limits = std::numeric_limits<double>;
  for (const double bad : {Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN()}) {
    const boost::json::object deep{{"a", boost::json::array{1, {{"b", bad}}}}};
    EXPECT_EQ(error_of([&] { (void)JsonColumn::to(bad); }), Error::bad_value) << bad;
    EXPECT_EQ(error_of([&] { (void)JsonColumn::to(deep); }), Error::bad_value) << bad;
    EXPECT_EQ(error_of([&] { (void)Column<boost::json::object>::to(deep); }), Error::bad_value)
        << bad;
  }
}

TEST(JsonColumn, RefusesToReadNumbersThatAreNotFinite) {
  for (const char* bad : {"NaN", "Infinity", "-Infinity", "1e999", "[-1e999]", R"({"a":[1e999]})"})
    EXPECT_EQ(error_of([&] { (void)JsonColumn::from(bad); }), Error::wrong_type) << bad;
}

TEST(JsonColumn, ReadsWhatItHasWritten) {
  const boost::json::value value{{"a", {1, -2.5, 1e308, nullptr, true, "x"}}, {"", {}}};
  EXPECT_EQ(JsonColumn::from(std::get<std::string>(JsonColumn::to(value))), value);
}

}  // namespace
}  // namespace webtool::db
