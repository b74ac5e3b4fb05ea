#include "bridge/epoll.hpp"

#include <boost/asio/detail/epoll_reactor.hpp>
#include <boost/asio/detail/scheduler.hpp>
#include <boost/version.hpp>

#include <mutex>

// This file names private members of Boost.Asio, which a new version may change. Before you raise
// the limit, compare epoll_fd_, task_interrupted_ and mutex_ in that version with their use here.
#if BOOST_VERSION < 108100 || BOOST_VERSION >= 109300
#error "the Python extension of webtool needs Boost 1.81 to 1.92"
#endif

namespace webtool::python {
namespace {

using Reactor = boost::asio::detail::epoll_reactor;
using Scheduler = boost::asio::detail::scheduler;

// Access checks do not apply to the arguments of an explicit instantiation. So an instantiation may
// name a private member. A friend function returns it, found by argument-dependent lookup.
template <class Tag, auto Member>
struct Reveal {
  friend auto member_of(Tag) { return Member; }
};
struct Descriptor {
  friend auto member_of(Descriptor);
};
struct Interrupted {
  friend auto member_of(Interrupted);
};
struct Guard {
  friend auto member_of(Guard);
};
template struct Reveal<Descriptor, &Reactor::epoll_fd_>;
template struct Reveal<Interrupted, &Scheduler::task_interrupted_>;
template struct Reveal<Guard, &Scheduler::mutex_>;

}  // namespace

Epoll::Epoll(boost::asio::io_context& context)
    : context_(context), scheduler_(boost::asio::use_service<Scheduler>(context)) {
  // Asio starts to wait with the first socket or timer. Until then nothing would clear the readable
  // state of the descriptor, and a loop that watches the descriptor would never sleep.
  scheduler_.init_task();
}

int Epoll::descriptor() const {
  return boost::asio::use_service<Reactor>(context_).*member_of(Descriptor{});
}

void Epoll::set_interrupted(bool interrupted) {
  const std::scoped_lock lock(scheduler_.*member_of(Guard{}));
  scheduler_.*member_of(Interrupted{}) = interrupted;
}

}  // namespace webtool::python
