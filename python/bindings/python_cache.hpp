// A cache written in Python: the core's BaseCache calls the methods of the Python object.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/trampoline.h>

#include <webtool/cache/base_cache.hpp>

namespace webtool::python {

class PythonCache final : public cache::BaseCache {
 public:
  NB_TRAMPOLINE(cache::BaseCache);

  awaitable<bool> set(std::string_view key, std::string_view value,
                      cache::SetOptions options) override;
  awaitable<std::optional<std::string>> get(std::string_view key) override;
  awaitable<bool> erase(std::string_view key, std::optional<std::string_view> if_equal) override;
  awaitable<void> aclose() override;
};

}  // namespace webtool::python
