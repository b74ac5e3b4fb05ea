// The label values of errors: the names of their enumerators.
#pragma once

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <string_view>

namespace webtool::metrics {

/// The names of the errors of one enum, indexed by value. 0 is success.
struct Names {
  const boost::system::error_category* category;
  const std::string_view* begin;
  std::size_t size;

  /// The index of the name of an outcome, or `size` for an error of another category.
  [[nodiscard]] std::size_t place_of(boost::system::error_code outcome) const noexcept {
    if (!outcome) return 0;
    const auto value = static_cast<std::size_t>(outcome.value());
    return outcome.category() == *category && value < size ? value : size;
  }
  /// The name at an index. It is `other` for the index `size`.
  [[nodiscard]] std::string_view at(std::size_t place) const noexcept {
    return place < size ? begin[place] : "other";
  }
};

[[nodiscard]] Names token_outcomes() noexcept;
[[nodiscard]] Names store_outcomes() noexcept;

}  // namespace webtool::metrics
