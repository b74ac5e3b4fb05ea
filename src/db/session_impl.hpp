// The implementation of Session: the lease of its connection, and the state of its transaction.
#pragma once

#include <webtool/db/session.hpp>

#include "db/pool.hpp"

namespace webtool::db {

class Session::Impl {
 public:
  Impl(Lease lease, Access access) : lease_(std::move(lease)) { lease_.begin(access); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl();

  Connection::Outcome run(std::string_view sql, std::span<const Param> params,
                          std::span<const Kind> kinds);
  void run_script(std::string_view sql);
  void commit();
  void rollback();

  std::size_t enter_savepoint();
  void release_savepoint(std::size_t number);
  void rollback_savepoint(std::size_t number);
  [[nodiscard]] bool has_savepoint(std::size_t number) const;

  [[nodiscard]] Backend backend() const noexcept { return lease_.pool().backend(); }

 private:
  enum class State { fine, failed, ended };

  template <class Work>
  auto attempt(Work work);
  void require_not_ended() const;
  void savepoint_command(const char* command, std::size_t number);

  Lease lease_;
  State state_ = State::fine;
  /// True after a statement that may change the state of the connection, such as SET.
  bool altered_ = false;
  std::vector<std::size_t> savepoints_;
  std::size_t savepoints_made_ = 0;
};

/// Makes sessions for SyncDB and AsyncDB.
class SessionMaker {
 public:
  static Session make(Lease lease, Access access) {
    return Session(std::make_unique<Session::Impl>(std::move(lease), access));
  }
};

}  // namespace webtool::db
