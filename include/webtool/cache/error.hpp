// The one failure every cache has in common: its store cannot be reached or did not answer.
#pragma once

#include <boost/system/system_error.hpp>

namespace webtool::cache {

/// Thrown by every operation of a cache whose store fails. `code()` says how; a host answers 503,
/// never "invalid token". Whether a write has happened is unknown unless the code says otherwise.
class StoreUnavailable : public boost::system::system_error {
  using boost::system::system_error::system_error;
};

}  // namespace webtool::cache
