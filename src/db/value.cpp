#include <webtool/db/value.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <webtool/db/error.hpp>

namespace webtool::db {

void throw_wrong_type() {
  throw DatabaseError(Error::wrong_type);
}

void throw_bad_integer() {
  throw DatabaseError(Error::bad_value);
}

Value Column<boost::json::value>::to(const boost::json::value& value) {
  return boost::json::serialize(value);
}

boost::json::value Column<boost::json::value>::from(const std::string& stored) {
  boost::system::error_code error;
  boost::json::value value = boost::json::parse(stored, error);
  if (error) throw_wrong_type();
  return value;
}

Value Column<boost::json::object>::to(const boost::json::object& value) {
  return boost::json::serialize(value);
}

boost::json::object Column<boost::json::object>::from(const std::string& stored) {
  boost::json::value value = Column<boost::json::value>::from(stored);
  if (!value.is_object()) throw_wrong_type();
  return std::move(value.get_object());
}

}  // namespace webtool::db
