// A consumer's program that asks for a component.
#include <webtool/db/async_db.hpp>
#include <webtool/db/sync_db.hpp>

int main() {
  webtool::db::SyncDB database("sqlite://:memory:");
  webtool::db::AsyncDB connects_when_asked("postgresql://127.0.0.1/nobody_asks");
  return database.session().query_one<int>("SELECT 1") ? 0 : 1;
}
