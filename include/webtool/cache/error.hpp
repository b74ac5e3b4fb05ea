// The failure that all caches have in common: the store is unreachable or did not reply.
#pragma once

#include <boost/system/system_error.hpp>

#include <string>
#include <utility>

namespace webtool::cache {

/// Every operation of a cache throws this if the store fails. `code()` is the reason. A host
/// answers 503, never "invalid token". It is unknown whether a write has happened, unless the code
/// says so.
class StoreUnavailable : public boost::system::system_error {
 public:
  explicit StoreUnavailable(boost::system::error_code code, std::string words = {})
      : system_error(code, words), words_(std::move(words)) {}

  /// Returns the store's error text, or the reason why it is unreachable. Empty if `code()` is
  /// complete. Never contains a key or a value.
  [[nodiscard]] const std::string& words() const noexcept { return words_; }

 private:
  std::string words_;
};

}  // namespace webtool::cache
