// The server's error replies and the reasons of failed connections. They are logged once a minute
// for each kind, and go into the exceptions of callers. Shared by the connections of a client.
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
  std::string words;    ///< as `readable` returns them
  std::string command;  ///< name of the refused command
};

class Complaints {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Stores the complaint. Returns true if it should be logged: the first of its kind (first word),
  /// and again after a minute.
  [[nodiscard]] bool note(const Complaint& complaint, Time now);
  /// Stores why there is no connection.
  void note_trouble(std::string what);
  void end_trouble();

  /// Returns the words of the last complaint with that error, or why there is no connection. Empty
  /// if there is neither.
  [[nodiscard]] std::string words_of(const boost::system::error_code& error) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Time> logged_;  ///< by first word
  std::map<Error, std::string> words_;
  std::string trouble_;
};

}  // namespace webtool::redis
