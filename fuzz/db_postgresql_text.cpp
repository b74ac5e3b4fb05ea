// Any text is read to its end, and what is not a parameter is kept as it is.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <webtool/db/error.hpp>

#include "db/postgresql_text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view sql(reinterpret_cast<const char*>(data), size);
  try {
    const auto text = webtool::db::read_postgresql(sql);
    if (text.names.empty() && text.sql != sql) std::abort();
    for (const auto& name : text.names)
      if (name.empty() || sql.find(':' + name) == std::string_view::npos) std::abort();
  } catch (const webtool::db::DatabaseError& error) {
    if (error.error() != webtool::db::Error::bad_statement) std::abort();
  }
  return 0;
}
