#include "bridge/epoll.hpp"

#include <boost/asio/detail/epoll_reactor.hpp>

namespace webtool::python {
namespace {

using Reactor = boost::asio::detail::epoll_reactor;

// Access checks do not apply to the arguments of an explicit instantiation, so this may name the
// private member, and hands it out by a friend that argument-dependent lookup finds.
struct Descriptor {
  friend int Reactor::*member_of(Descriptor);
};
template <int Reactor::*Member>
struct Reveal {
  friend int Reactor::*member_of(Descriptor) { return Member; }
};
template struct Reveal<&Reactor::epoll_fd_>;

}  // namespace

int epoll_descriptor(boost::asio::io_context& context) {
  return boost::asio::use_service<Reactor>(context).*member_of(Descriptor{});
}

}  // namespace webtool::python
