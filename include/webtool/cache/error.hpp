// The one failure every cache has in common: its store cannot be reached or did not answer.
#pragma once

#include <boost/system/system_error.hpp>

#include <string>
#include <utility>

namespace webtool::cache {

/// Thrown by every operation of a cache whose store fails. `code()` says how; a host answers 503,
/// never "invalid token". Whether a write has happened is unknown unless the code says otherwise.
class StoreUnavailable : public boost::system::system_error {
 public:
  explicit StoreUnavailable(boost::system::error_code code, std::string words = {})
      : system_error(code, words), words_(std::move(words)) {}

  /// What the store said, or why it cannot be reached; empty if `code()` says it all. Never a key
  /// or a value.
  [[nodiscard]] const std::string& words() const noexcept { return words_; }

 private:
  std::string words_;
};

}  // namespace webtool::cache
