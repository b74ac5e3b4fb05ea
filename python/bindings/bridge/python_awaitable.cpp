#include "bridge/python_awaitable.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>

#include <memory>
#include <optional>
#include <utility>

#include "bridge/loop.hpp"
#include "bridge/operation.hpp"

namespace webtool::python {
namespace asio = boost::asio;
namespace {

bool is_awaitable(nb::handle object) {
  const auto* const async = Py_TYPE(object.ptr())->tp_as_async;
  return async != nullptr && async->am_await != nullptr;
}

// Resumes the waiting coroutine on its io_context when the asyncio task is done.
template <class Handler>
struct Waiting final : Loop::Guest {
  Waiting(Loop& on, Handler resume) : loop(&on), handler(std::move(resume)) { loop->add(*this); }
  ~Waiting() override { drop(); }

  void wake() {
    if (!handler) return;
    auto resume = std::move(*handler);
    asio::get_associated_cancellation_slot(resume).clear();
    asio::post(loop->executor(), std::move(resume));
    loop->poll_soon();
    drop();
  }

  void drop() noexcept override {
    if (!loop) return;
    std::exchange(loop, nullptr)->remove(*this);
    handler.reset();
  }

  Loop* loop;
  std::optional<Handler> handler;
};

auto async_done(Loop& loop, nb::object task) {
  auto initiate = [&loop, task = std::move(task)](auto handler) {
    using Handler = decltype(handler);
    auto slot = asio::get_associated_cancellation_slot(handler);
    if (slot.is_connected()) {
      slot.assign([task](asio::cancellation_type type) {
        if (type != asio::cancellation_type::none) task.attr("cancel")();
      });
    }
    auto waiting = std::make_shared<Waiting<Handler>>(loop, std::move(handler));
    task.attr("add_done_callback")(nb::cpp_function([waiting](nb::handle) { waiting->wake(); }));
  };
  return asio::async_initiate<const asio::deferred_t&, void()>(std::move(initiate), asio::deferred);
}

}  // namespace

awaitable<nb::object> await_python(nb::object given) {
  if (!is_awaitable(given)) co_return given;
  // The method returned an operation of the core, which needs no task.
  if (auto coroutine = take_coroutine(given)) co_return co_await std::move(*coroutine);
  Loop& loop = Loop::current();
  static const nb::handle ensure_future =
      nb::module_::import_("asyncio").attr("ensure_future").inc_ref();
  nb::object task = ensure_future(given);
  auto done = async_done(loop, task);
  co_await std::move(done);
  co_return task.attr("result")();
}

}  // namespace webtool::python
