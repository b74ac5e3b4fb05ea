#include "anno_backend.hpp"

#include <string>

#include <webtool/auth/anno_session_backend.hpp>

#include "asgi_request.hpp"
#include "values.hpp"

namespace webtool::python {
namespace {

// A decision calls the methods and does not wait, so the methods are not async.
class PythonAnnoBackend final : public auth::BaseAnnoBackend {
 public:
  explicit PythonAnnoBackend(nb::object object)
      : object_(std::move(object)), ip_factor_(nb::cast<unsigned>(object_.attr("ip_factor"))) {}

  result<auth::AnnoSession> read(const auth::RequestView& request) const override {
    nb::object id;
    try {
      id = object_.attr("read")(static_cast<const AsgiRequest&>(request).scope());
    } catch (nb::python_error& error) {
      if (!error.matches(PyExc_ValueError)) throw;
      return auth::TokenError::malformed;
    }
    if (id.is_none()) return auth::TokenError::no_credentials;
    auth::AnnoSession session;
    session.id = to_text(id, "anno_backend: the result of read");
    return session;
  }
  auth::AnnoSession issue() const override {
    auth::AnnoSession session;
    session.id = to_text(object_.attr("issue")(), "anno_backend: the result of issue");
    return session;
  }
  std::string set_cookie(const auth::AnnoSession& session) const override {
    return to_text(object_.attr("set_cookie")(from_text(session.id)),
                   "anno_backend: the result of set_cookie");
  }
  unsigned ip_factor() const noexcept override { return ip_factor_; }

 private:
  nb::object object_;
  unsigned ip_factor_;
};

}  // namespace

std::shared_ptr<const auth::BaseAnnoBackend> to_anno_backend(nb::handle object) {
  if (object.is_none()) return nullptr;
  // A class derived in Python may override the methods, so only the exact class is cast.
  if (object.type().is(nb::type<auth::AnnoSessionBackend>()))
    return {std::shared_ptr<void>(), &nb::cast<const auth::AnnoSessionBackend&>(object)};
  for (const char* name : {"read", "issue", "set_cookie", "ip_factor"})
    if (!nb::hasattr(object, name))
      throw nb::type_error(
          "anno_backend must be an AnnoSessionBackend or derived from BaseAnnoBackend");
  const auto is_async = nb::module_::import_("inspect").attr("iscoroutinefunction");
  for (const char* name : {"read", "issue", "set_cookie"})
    if (nb::cast<bool>(is_async(object.attr(name))))
      throw nb::type_error("anno_backend: its methods must not be async");
  return std::make_shared<PythonAnnoBackend>(nb::borrow(object));
}

}  // namespace webtool::python
