// The errors of a command. Each error says whether the command may have run, so that the caller
// knows whether a retry is safe.
#pragma once

#include <boost/system/error_code.hpp>

namespace webtool::redis {

enum class Error {
  // Nothing was sent, or the server refused: the command has not run.
  connect_failed = 1,  ///< no connection before the deadline, or name lookup, TLS or AUTH failed
  breaker_open,        ///< recent attempts failed, so this one was not made
  queue_full,          ///< more commands in flight than `Options::max_in_flight`
  loading,             ///< LOADING: the server is reading its data set
  read_only,           ///< READONLY: the server is a replica
  out_of_memory,       ///< OOM: maxmemory is reached and no key may be evicted
  moved,               ///< MOVED: the key's slot is on another cluster node
  ask,                 ///< ASK: the key is on the node to which its slot is moving
  try_again,           ///< TRYAGAIN: some keys of the command have moved, others have not
  cluster_down,        ///< CLUSTERDOWN: no node serves the key's slot
  master_down,         ///< MASTERDOWN: a replica without its master
  no_replicas,         ///< NOREPLICAS: too few replicas to write
  max_clients,         ///< the server accepts no more connections
  cross_slot,          ///< CROSSSLOT: keys of one command in different slots
  no_script,           ///< NOSCRIPT: the script is not in the server's cache
  no_permission,       ///< NOAUTH, NOPERM or WRONGPASS
  busy,                ///< BUSY: the server is running a long script
  wrong_type,          ///< WRONGTYPE: the key has a value of another type
  server_error,        ///< any other error reply
  // The command may or may not have run.
  timeout,          ///< no reply before the deadline
  connection_lost,  ///< the connection ended between command and reply
  closed,           ///< the client was closed before the reply
  protocol_error,   ///< the reply was not RESP2, too deep, or larger than `Options::max_reply_size`
};

/// Returns the category of Error, named "webtool.redis".
[[nodiscard]] const boost::system::error_category& redis_category() noexcept;

[[nodiscard]] boost::system::error_code make_error_code(Error error) noexcept;

/// Returns true if the command may have run although no reply was received.
[[nodiscard]] bool may_have_run(Error error) noexcept;

/// Returns true if the command has certainly not run and a retry may succeed, later or on another
/// server. Such a retry is safe for any command.
[[nodiscard]] bool has_not_run(Error error) noexcept;

}  // namespace webtool::redis

template <>
struct boost::system::is_error_code_enum<webtool::redis::Error> : std::true_type {};
