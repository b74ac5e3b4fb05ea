// What the server said when it refused commands, and why connections failed: for the log, once a
// minute for each kind, and for the exceptions that callers get. Shared by a client's connections.
#pragma once

#include <boost/system/error_code.hpp>

#include <chrono>
#include <map>
#include <mutex>
#include <string>

#include <webtool/redis/error.hpp>

namespace webtool::redis {

/// An error reply.
struct Complaint {
  Error error{};
  std::string words;    ///< as `readable` gives them
  std::string command;  ///< its name
};

class Complaints {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Keeps what was said. True if it is to be logged: the first of its kind (its first word), and
  /// again after a minute.
  [[nodiscard]] bool note(const Complaint& complaint, Time now);
  /// Keeps why there is no connection.
  void note_trouble(std::string what);
  void end_trouble();

  /// What was said last with that error, or why there is no connection; empty if nothing was.
  [[nodiscard]] std::string words_of(const boost::system::error_code& error) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Time> logged_;  ///< by first word
  std::map<Error, std::string> words_;
  std::string trouble_;
};

}  // namespace webtool::redis
