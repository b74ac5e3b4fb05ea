#include <webtool/db/session.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <stdexcept>
#include <string>

#include "db/session_impl.hpp"

namespace webtool::db {
namespace {

/// True if a statement changes only rows, not the state of the connection. Other statements may
/// leave settings, temporary tables or subscriptions behind for the next session.
bool is_about_rows(std::string_view sql) {
  static constexpr std::array<std::string_view, 7> verbs = {"select", "insert", "update", "delete",
                                                            "with",   "values", "replace"};
  sql.remove_prefix(std::min(sql.find_first_not_of(" \t\r\n("), sql.size()));
  std::string word;
  for (const char c : sql) {
    if (std::isalpha(static_cast<unsigned char>(c)) == 0) break;
    word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return std::find(verbs.begin(), verbs.end(), word) != verbs.end();
}

}  // namespace

Session::Impl::~Impl() {
  try {
    if (state_ != State::ended) rollback();
  } catch (...) {
    lease_.discard();  // the state of the connection is unknown
    return;
  }
  Connection& connection = lease_.connection();
  // A database in memory would be lost together with its connection.
  const bool tainted = altered_ && !lease_.pool().in_memory();
  if (tainted || !connection.alive() || connection.in_transaction()) lease_.discard();
}

void Session::Impl::require_not_ended() const {
  if (state_ == State::ended) throw std::logic_error("the database session has ended");
}

/// Runs a part of the transaction. If it fails, the transaction has failed, on every database.
template <class Work>
auto Session::Impl::attempt(Work work) {
  require_not_ended();
  if (state_ == State::failed) throw DatabaseError(Error::transaction_failed);
  state_ = State::failed;
  auto outcome = work();
  // A statement must not end the transaction with COMMIT or ROLLBACK.
  if (!lease_.connection().in_transaction())
    throw DatabaseError(Error::bad_statement, "the statement ended the transaction");
  state_ = State::fine;
  return outcome;
}

Connection::Outcome Session::Impl::run(std::string_view sql, std::span<const Param> params,
                                       std::span<const Kind> kinds) {
  return attempt([&] {
    altered_ = altered_ || !is_about_rows(sql);
    return lease_.connection().run(sql, params, kinds);
  });
}

void Session::Impl::run_script(std::string_view sql) {
  attempt([&] {
    altered_ = true;
    if (sql.find('\0') != std::string_view::npos) throw DatabaseError(Error::bad_statement);
    lease_.connection().lift_statement_timeout();
    lease_.connection().run_script(std::string(sql));
    return true;
  });
}

void Session::Impl::commit() {
  require_not_ended();
  if (state_ == State::failed) throw DatabaseError(Error::transaction_failed);
  state_ = State::failed;
  lease_.connection().commit();
  state_ = State::ended;
}

void Session::Impl::rollback() {
  require_not_ended();
  state_ = State::ended;
  // The database has already rolled back if the connection has ended.
  if (lease_.connection().alive()) lease_.connection().rollback();
}

bool Session::Impl::has_savepoint(std::size_t number) const {
  return state_ != State::ended &&
         std::find(savepoints_.begin(), savepoints_.end(), number) != savepoints_.end();
}

void Session::Impl::savepoint_command(const char* command, std::size_t number) {
  lease_.connection().run_script(command + (" webtool_" + std::to_string(number)));
}

std::size_t Session::Impl::enter_savepoint() {
  return attempt([&] {
    savepoint_command("SAVEPOINT", ++savepoints_made_);
    savepoints_.push_back(savepoints_made_);
    return savepoints_made_;
  });
}

void Session::Impl::release_savepoint(std::size_t number) {
  if (!has_savepoint(number)) throw std::logic_error("the savepoint has ended");
  attempt([&] {
    savepoint_command("RELEASE SAVEPOINT", number);
    savepoints_.erase(std::find(savepoints_.begin(), savepoints_.end(), number), savepoints_.end());
    return true;
  });
}

void Session::Impl::rollback_savepoint(std::size_t number) {
  if (!has_savepoint(number)) throw std::logic_error("the savepoint has ended");
  savepoints_.erase(std::find(savepoints_.begin(), savepoints_.end(), number), savepoints_.end());
  // After some errors SQLite rolls back the whole transaction.
  if (!lease_.connection().in_transaction()) throw DatabaseError(Error::transaction_failed);
  state_ = State::fine;
  attempt([&] {
    savepoint_command("ROLLBACK TO SAVEPOINT", number);
    savepoint_command("RELEASE SAVEPOINT", number);
    return true;
  });
}

Session::Session(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Session::Session(Session&&) noexcept = default;
Session::~Session() = default;

std::size_t Session::execute(std::string_view sql, std::span<const Param> params) {
  return impl_->run(sql, params, {}).changed;
}

std::vector<Value> Session::fetch(std::string_view sql, std::span<const Param> params,
                                  std::initializer_list<Kind> kinds) {
  return impl_->run(sql, params, std::span(kinds.begin(), kinds.size())).values;
}

void Session::execute_script(std::string_view sql) {
  impl_->run_script(sql);
}

void Session::commit() {
  impl_->commit();
}

void Session::rollback() {
  impl_->rollback();
}

Savepoint Session::savepoint() {
  return Savepoint(*impl_, impl_->enter_savepoint());
}

Backend Session::backend() const noexcept {
  return impl_->backend();
}

Savepoint::Savepoint(Savepoint&& other) noexcept
    : session_(std::exchange(other.session_, nullptr)), number_(other.number_) {}

Savepoint::~Savepoint() {
  if (session_ == nullptr || !session_->has_savepoint(number_)) return;
  try {
    session_->rollback_savepoint(number_);
  } catch (...) {
    // The session is now failed, and commit will throw.
  }
}

void Savepoint::release() {
  session_->release_savepoint(number_);
}

void Savepoint::rollback() {
  session_->rollback_savepoint(number_);
}

}  // namespace webtool::db
