// What the owner of a connection may hear of it: that it was made, lost, failing and working again,
// and messages that nobody asked for.
#pragma once

#include <boost/system/error_code.hpp>

#include <webtool/redis/reply.hpp>

namespace webtool::redis {

class LinkObserver {
 public:
  virtual ~LinkObserver() = default;

  /// The handshake is over: commands are sent from now on.
  virtual void made() {}
  /// The link ended, or an attempt to connect failed. No error if it was let go on purpose.
  virtual void lost(boost::system::error_code /*reason*/) {}
  /// A reply although no command waits for one. Returns whether it was expected; otherwise the
  /// connection has lost its order and is ended, as by default.
  virtual bool message(Reply&& /*message*/) { return false; }
};

}  // namespace webtool::redis
