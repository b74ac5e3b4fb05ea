// A request as backends and middleware see it, made of what a test says.
#pragma once

#include <webtool/auth/request_view.hpp>

#include <map>
#include <string>

namespace webtool::test {

class FakeRequest final : public auth::RequestView {
 public:
  /// Names in lower case; headers of one name stay in the order they were put in.
  std::multimap<std::string, std::string> headers{};
  boost::asio::ip::address address{};

  std::string_view method() const override { return "GET"; }
  std::string_view path() const override { return "/"; }
  std::optional<std::string_view> header(std::string_view name, std::size_t nth) const override {
    auto [from, to] = headers.equal_range(std::string(name));
    for (; from != to; ++from)
      if (nth-- == 0) return from->second;
    return std::nullopt;
  }
  boost::asio::ip::address peer() const override { return address; }
};

}  // namespace webtool::test
