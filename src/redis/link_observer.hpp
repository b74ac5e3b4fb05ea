// Events of a connection for its owner: made, lost, and messages that no command waits for.
#pragma once

#include <boost/system/error_code.hpp>

#include <webtool/redis/reply.hpp>

namespace webtool::redis {

class LinkObserver {
 public:
  virtual ~LinkObserver() = default;

  /// The handshake has succeeded. Commands are sent from now on.
  virtual void made() {}
  /// The link ended, or an attempt to connect failed. No error if the link was closed on purpose.
  virtual void lost(boost::system::error_code /*reason*/) {}
  /// A reply that no command waits for. Returns whether it was expected. If not, as by default, the
  /// order of replies is lost and the connection ends.
  virtual bool message(Reply&& /*message*/) { return false; }
};

}  // namespace webtool::redis
