// Backends, those of the core and those written in Python, as the core sees them.
#pragma once

#include <nanobind/nanobind.h>

#include <memory>

#include <webtool/auth/backend.hpp>

namespace webtool::python {
namespace nb = nanobind;

/// A backend written in Python: its `authenticate` takes the ASGI scope, may be async, and gives
/// AuthData, or None, or raises ValueError where nobody is known.
class PythonBackend final : public auth::BaseBackend {
 public:
  explicit PythonBackend(nb::object backend) : backend_(std::move(backend)) {}
  awaitable<result<auth::AuthData>> authenticate(const auth::RequestView& request) override;

 private:
  awaitable<result<auth::AuthData>> ask(nb::object scope);

  nb::object backend_;
};

/// `object` as the core's port; `object` must outlive it. Throws TypeError for what is no backend.
[[nodiscard]] std::shared_ptr<auth::BaseBackend> to_backend(nb::handle object);

}  // namespace webtool::python
