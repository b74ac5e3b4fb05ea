// Any X-Forwarded-For or Forwarded: whatever it says, the hop that a trusted proxy appends to it,
// on the same line or on its own, is the one that counts.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include <webtool/auth/client_address.hpp>

#include "auth/forwarded.hpp"

namespace {

using namespace webtool::auth;
namespace ip = boost::asio::ip;

class Request final : public RequestView {
 public:
  explicit Request(std::vector<std::string> lines) : lines_(std::move(lines)) {}
  std::string_view method() const override { return "GET"; }
  std::string_view path() const override { return "/"; }
  std::optional<std::string_view> header(std::string_view, std::size_t nth) const override {
    if (nth >= lines_.size()) return std::nullopt;
    return lines_[nth];
  }
  ip::address peer() const override { return ip::make_address("10.0.0.1"); }

 private:
  std::vector<std::string> lines_;
};

void expect(bool holds) {
  if (!holds) std::abort();
}

void check_hops(std::string_view line, ProxyHeader header) {
  for (std::optional<std::string_view> rest = line; rest;) {
    const auto last = split_last_hop(*rest, header);
    expect(last.hop.size() <= max_hop_size);
    expect(!last.rest || last.rest->size() < rest->size());
    const auto address = parse_hop(last.hop, header);
    expect(!address || *address == normalised(*address));
    rest = last.rest;
  }
}

void check_appended(const std::vector<std::string>& lines, ProxyHeader header,
                    const std::string& hop, const char* expected) {
  ClientAddressOptions options;
  options.trusted_proxies = {"10.0.0.0/8"};
  options.header = header;
  const ClientAddress client_address(options);
  const auto client = ip::make_address(expected);
  auto appended = lines;
  appended.back() += ", " + hop;
  expect(client_address.of(Request(appended)) == client);
  appended.back() += header == ProxyHeader::forwarded ? ",for=\"10.0.0.2:80\"" : ",10.0.0.2:80";
  expect(client_address.of(Request(appended)) == client);
  appended = lines;
  appended.push_back(hop);
  expect(client_address.of(Request(appended)) == client);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::string> lines(1);
  for (std::size_t i = 0; i < size; ++i) {
    if (data[i] == '\n')
      lines.emplace_back();
    else
      lines.back() += static_cast<char>(data[i]);
  }
  for (const auto header : {ProxyHeader::x_forwarded_for, ProxyHeader::forwarded})
    for (const auto& line : lines) check_hops(line, header);
  check_appended(lines, ProxyHeader::x_forwarded_for, "198.51.100.1", "198.51.100.1");
  check_appended(lines, ProxyHeader::x_forwarded_for, "[2001:db8::7]:80", "2001:db8::7");
  check_appended(lines, ProxyHeader::forwarded, "for=198.51.100.1", "198.51.100.1");
  check_appended(lines, ProxyHeader::forwarded, "for=\"[2001:db8::7]:80\";host=\"a,\\\"b\\\\\"",
                 "2001:db8::7");
  return 0;
}
