#include "throttle/layout.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace webtool::throttle {
namespace {

void append_number(std::string& out, double number) {
  static_assert(std::endian::native == std::endian::little);
  char bytes[sizeof number];
  std::memcpy(bytes, &number, sizeof number);
  out.append(bytes, sizeof bytes);
}

// Little-endian doubles: the number of words of the state, then eight numbers for each limit.
// lua/throttle/decide.lua reads them.
std::string pack(const std::vector<Limit>& limits, const Layout& layout) {
  std::string packed;
  append_number(packed, layout.words);
  for (std::size_t i = 0; i < limits.size(); ++i) {
    const auto& limit = limits[i];
    append_number(packed, static_cast<double>(limit.algorithm));
    append_number(packed, limit.shadow ? 1 : 0);
    append_number(packed, limit.max_requests);
    append_number(packed, static_cast<double>(limit.interval));
    append_number(packed, limit.cost);
    append_number(packed, layout.places[i].head);
    append_number(packed, layout.places[i].ring);
    append_number(packed, limit.rule);
  }
  return packed;
}

}  // namespace

Layout lay_out(const std::vector<Limit>& limits) {
  Layout layout;
  layout.words = 2;
  for (std::size_t i = 0; i < limits.size(); ++i) {
    layout.places.push_back({layout.words, 0});
    layout.words += 2;
  }
  std::vector<std::size_t> rings;
  for (std::size_t i = 0; i < limits.size(); ++i)
    if (limits[i].algorithm == Algorithm::sliding_window) rings.push_back(i);
  std::stable_sort(rings.begin(), rings.end(), [&](std::size_t left, std::size_t right) {
    return limits[left].max_requests < limits[right].max_requests;
  });
  for (const auto i : rings) {
    layout.places[i].ring = layout.words;
    layout.words += limits[i].max_requests;
  }
  layout.packed = pack(limits, layout);
  return layout;
}

}  // namespace webtool::throttle
