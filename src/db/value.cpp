#include <webtool/db/value.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cmath>

#include <webtool/db/error.hpp>

namespace webtool::db {
namespace {

// JSON has no NaN and no infinity. Versions of Boost.JSON write and read them differently.
bool is_finite(const boost::json::value& value) {
  if (const auto* number = value.if_double()) return std::isfinite(*number);
  if (const auto* array = value.if_array())
    return std::all_of(array->begin(), array->end(), is_finite);
  if (const auto* object = value.if_object())
    return std::all_of(object->begin(), object->end(),
                       [](const auto& member) { return is_finite(member.value()); });
  return true;
}

}  // namespace

void throw_wrong_type() {
  throw DatabaseError(Error::wrong_type);
}

void throw_bad_integer() {
  throw DatabaseError(Error::bad_value);
}

Value Column<boost::json::value>::to(const boost::json::value& value) {
  if (!is_finite(value)) throw DatabaseError(Error::bad_value, "a number is not finite");
  return boost::json::serialize(value);
}

boost::json::value Column<boost::json::value>::from(const std::string& stored) {
  boost::system::error_code error;
  boost::json::value value = boost::json::parse(stored, error);
  if (error || !is_finite(value)) throw_wrong_type();
  return value;
}

Value Column<boost::json::object>::to(const boost::json::object& value) {
  return Column<boost::json::value>::to(value);
}

boost::json::object Column<boost::json::object>::from(const std::string& stored) {
  boost::json::value value = Column<boost::json::value>::from(stored);
  if (!value.is_object()) throw_wrong_type();
  return std::move(value.get_object());
}

}  // namespace webtool::db
