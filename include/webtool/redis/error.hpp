// What can go wrong between a command and its reply. Each says whether the command may have run,
// which is what a caller needs to know before it tries again.
#pragma once

#include <boost/system/error_code.hpp>

namespace webtool::redis {

enum class Error {
  // Nothing was sent, or the server refused: the command has not run.
  connect_failed = 1,  ///< no connection before the deadline, or refused: name, TLS, AUTH
  breaker_open,        ///< recent attempts failed; this one was not made
  queue_full,          ///< more commands in flight than `Options::max_in_flight`
  loading,             ///< LOADING: the server is reading its data set
  read_only,           ///< READONLY: the server is a replica
  out_of_memory,       ///< OOM: maxmemory reached and nothing may be evicted
  moved,               ///< MOVED: the key's slot is on another cluster node
  ask,                 ///< ASK: the key is on the node that its slot is moving to
  try_again,           ///< TRYAGAIN: some keys of the command have moved, some have not
  cluster_down,        ///< CLUSTERDOWN: nobody serves the key's slot
  master_down,         ///< MASTERDOWN: a replica without its master
  no_replicas,         ///< NOREPLICAS: too few replicas to write
  max_clients,         ///< the server takes no more connections
  cross_slot,          ///< CROSSSLOT: keys of one command in different slots
  no_script,           ///< NOSCRIPT: the script is not in the server's cache
  no_permission,       ///< NOAUTH, NOPERM or WRONGPASS
  busy,                ///< BUSY: a script is hogging the server
  wrong_type,          ///< WRONGTYPE: the key holds something else
  server_error,        ///< any other error reply
  // The command may or may not have run.
  timeout,          ///< no reply before the deadline
  connection_lost,  ///< the connection ended between command and reply
  closed,           ///< the client was closed before the reply
  protocol_error,   ///< the reply was not RESP, or larger than `Options::max_reply_size`
};

/// The category of Error, named "webtool.redis".
[[nodiscard]] const boost::system::error_category& redis_category() noexcept;

[[nodiscard]] boost::system::error_code make_error_code(Error error) noexcept;

/// True if the command may have run although no reply came.
[[nodiscard]] bool may_have_run(Error error) noexcept;

/// True if the command has certainly not run, and may run later or elsewhere: it can be sent again,
/// whatever it does.
[[nodiscard]] bool has_not_run(Error error) noexcept;

}  // namespace webtool::redis

template <>
struct boost::system::is_error_code_enum<webtool::redis::Error> : std::true_type {};
