#include <webtool/auth/client_address.hpp>

#include <gtest/gtest.h>

#include <stdexcept>

#include "auth/forwarded.hpp"
#include "support/fake_request.hpp"

namespace webtool::auth {
namespace {

using boost::asio::ip::make_address;

std::string client(const ClientAddress& client_address, const char* peer,
                   const std::vector<std::string>& lines, const char* header = "x-forwarded-for") {
  test::FakeRequest request;
  request.address = make_address(peer);
  for (const auto& line : lines) request.headers.emplace(header, line);
  return client_address.of(request).to_string();
}

ClientAddress behind(std::vector<std::string> proxies,
                     ProxyHeader header = ProxyHeader::x_forwarded_for) {
  ClientAddressOptions options;
  options.trusted_proxies = std::move(proxies);
  options.header = header;
  return ClientAddress(options);
}

struct Case {
  const char* about;
  std::vector<std::string> lines;
  const char* expected;
};

constexpr const char* proxy = "10.0.0.1";

TEST(ClientAddress, IsThePeerWhereNoProxyIsTrusted) {
  const ClientAddress plain;
  EXPECT_EQ(client(plain, "192.0.2.7", {"198.51.100.1"}), "192.0.2.7");
  EXPECT_EQ(client(plain, "::ffff:192.0.2.7", {}), "192.0.2.7");
  EXPECT_EQ(client(plain, "fe80::1%1", {}), "fe80::1");
  EXPECT_EQ(client(behind({}), "192.0.2.7", {"198.51.100.1"}), "192.0.2.7");
}

TEST(ClientAddress, IsThePeerWhereThePeerIsNoTrustedProxy) {
  const auto trusting = behind({"10.0.0.0/8"});
  EXPECT_EQ(client(trusting, "192.0.2.7", {"198.51.100.1"}), "192.0.2.7");
  EXPECT_EQ(client(trusting, "11.0.0.1", {"10.0.0.1"}), "11.0.0.1");
  EXPECT_EQ(client(trusting, "2001:db8::1", {"198.51.100.1"}), "2001:db8::1");
}

TEST(ClientAddress, IsTheRightMostHopThatIsNoProxy) {
  const auto trusting = behind({"10.0.0.0/8", "2001:db8:f::/48", "192.0.2.99"});
  const Case cases[] = {
      {"no header", {}, "10.0.0.1"},
      {"one hop", {"198.51.100.1"}, "198.51.100.1"},
      {"spoofed on the left", {"1.1.1.1, 198.51.100.1"}, "198.51.100.1"},
      {"loopback spoofed", {"127.0.0.1, ::1, 198.51.100.1"}, "198.51.100.1"},
      {"a proxy's address spoofed", {"10.9.9.9, 198.51.100.1"}, "198.51.100.1"},
      {"two proxies", {"198.51.100.1, 10.0.0.2"}, "198.51.100.1"},
      {"two proxies, spoofed", {"1.1.1.1, 198.51.100.1, 192.0.2.99, 10.0.0.2"}, "198.51.100.1"},
      {"IPv6 proxy", {"198.51.100.1, 2001:db8:f::7"}, "198.51.100.1"},
      {"IPv4-mapped proxy", {"198.51.100.1, ::ffff:10.0.0.2"}, "198.51.100.1"},
      {"all of them proxies", {"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
      {"no spaces", {"1.1.1.1,198.51.100.1"}, "198.51.100.1"},
      {"spaces and tabs", {"  1.1.1.1 \t,\t 198.51.100.1  "}, "198.51.100.1"},
      {"IPv4 with port", {"1.1.1.1:1, 198.51.100.1:65535"}, "198.51.100.1"},
      {"IPv6", {"1.1.1.1, 2001:DB8::7"}, "2001:db8::7"},
      {"IPv6 in brackets", {"1.1.1.1, [2001:db8::7]"}, "2001:db8::7"},
      {"IPv6 with port", {"1.1.1.1, [2001:db8::7]:443"}, "2001:db8::7"},
      {"IPv6 with zone", {"1.1.1.1, fe80::7%eth0"}, "fe80::7"},
      {"IPv4-mapped", {"1.1.1.1, ::ffff:198.51.100.1"}, "198.51.100.1"},
      {"IPv4-mapped in hexadecimal", {"1.1.1.1, [::ffff:c633:6401]:80"}, "198.51.100.1"},
      {"several headers", {"1.1.1.1", "198.51.100.1"}, "198.51.100.1"},
      {"spoofed header before", {"1.1.1.1, 2.2.2.2", "198.51.100.1, 10.0.0.2"}, "198.51.100.1"},
      {"over several headers", {"1.1.1.1, 198.51.100.1", "10.0.0.3", "10.0.0.2"}, "198.51.100.1"},
      {"empty header before", {"", "198.51.100.1"}, "198.51.100.1"},
      {"quotes are nothing here", {"\"1.1.1.1, 198.51.100.1"}, "198.51.100.1"},
      {"a comma in front", {", 198.51.100.1"}, "198.51.100.1"},
  };
  for (const auto& [about, lines, expected] : cases)
    EXPECT_EQ(client(trusting, proxy, lines), expected) << about;
}

TEST(ClientAddress, IsTheLastHopThatWasUnderstood) {
  const auto trusting = behind({"10.0.0.0/8"});
  const std::string misunderstood[] = {
      "",
      "unknown",
      "_hidden",
      "localhost",
      "client.example",
      "unix:",
      "-",
      "256.1.1.1",
      "1.1.1",
      "1.1.1.1.1",
      "01.1.1.1",
      "0x7f.1",
      "2130706433",
      "1.1.1.1:",
      "1.1.1.1:123456",
      "1.1.1.1:http",
      "1.1.1.1 2.2.2.2",
      "1.1.1.1;",
      "1.1.1.1/32",
      "\"1.1.1.1\"",
      "for=1.1.1.1",
      "[1.1.1.1]",
      "[2001:db8::7",
      "2001:db8::7]",
      "[2001:db8::7]80",
      "[2001:db8::7]:",
      "[[2001:db8::7]]",
      "[]",
      ":",
      "::g",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "fe80::7%",
      "fe80::7%a%b",
      "%1",
      "[::ffff:1.1.1.1%]",
      std::string("1.1.1.1\0", 8),
      std::string("::1\0", 4),
      "1.1.1.\xc2\xb9",
      std::string(1'000, '1'),
      std::string(600, ' ') + "1.1.1.1" + std::string(600, ' '),
  };
  for (const auto& hop : misunderstood) {
    EXPECT_EQ(client(trusting, proxy, {"1.1.1.1, " + hop}), proxy) << hop;
    EXPECT_EQ(client(trusting, proxy, {"1.1.1.1, " + hop + ", 10.0.0.2"}), "10.0.0.2") << hop;
    EXPECT_EQ(client(trusting, proxy, {"1.1.1.1", hop, "10.0.0.2"}), "10.0.0.2") << hop;
    EXPECT_EQ(client(trusting, proxy, {hop + ", 198.51.100.1"}), "198.51.100.1") << hop;
  }
}

TEST(ClientAddress, BelievesAProxyOnAUnixSocketIfToldSo) {
  const auto trusting = behind({"unix", "10.0.0.0/8"});
  for (const char* none : {"0.0.0.0", "::", "::ffff:0.0.0.0"}) {
    EXPECT_EQ(client(trusting, none, {"1.1.1.1, 198.51.100.1"}), "198.51.100.1");
    EXPECT_EQ(client(trusting, none, {"198.51.100.1, 10.0.0.2"}), "198.51.100.1");
    EXPECT_EQ(client(behind({"10.0.0.0/8"}), none, {"198.51.100.1"}),
              make_address(none).is_v4() || none[2] == 'f' ? "0.0.0.0" : "::");
  }
  EXPECT_EQ(client(trusting, "0.0.0.0", {}), "0.0.0.0");
  EXPECT_EQ(client(trusting, "192.0.2.7", {"198.51.100.1"}), "192.0.2.7");
  EXPECT_EQ(client(trusting, proxy, {"198.51.100.1"}), "198.51.100.1");
  // A client can write a hop, so a hop never stands for the Unix socket.
  EXPECT_EQ(client(trusting, "0.0.0.0", {"198.51.100.1, 0.0.0.0"}), "0.0.0.0");
  EXPECT_EQ(client(trusting, "0.0.0.0", {"198.51.100.1, unix"}), "0.0.0.0");
  for (const char* not_quite : {"UNIX", "unix:", "unix:/run/socket", " unix"})
    EXPECT_THROW(behind({not_quite}), std::invalid_argument) << not_quite;
}

TEST(ClientAddress, BelievesTheConfiguredHeaderOnly) {
  test::FakeRequest request;
  request.address = make_address(proxy);
  request.headers = {
      {"forwarded", "for=1.1.1.1"}, {"x-real-ip", "2.2.2.2"}, {"x-forwarded-for", "198.51.100.1"}};
  EXPECT_EQ(behind({proxy}).of(request).to_string(), "198.51.100.1");
  EXPECT_EQ(behind({proxy}, ProxyHeader::forwarded).of(request).to_string(), "1.1.1.1");
  request.headers.erase("x-forwarded-for");
  EXPECT_EQ(behind({proxy}).of(request).to_string(), proxy);
}

TEST(ClientAddress, ReadsForwarded) {
  const auto trusting = behind({"10.0.0.0/8"}, ProxyHeader::forwarded);
  const Case cases[] = {
      {"one hop", {"for=198.51.100.1"}, "198.51.100.1"},
      {"letter case", {"For=198.51.100.1"}, "198.51.100.1"},
      {"quoted", {"for=\"198.51.100.1\""}, "198.51.100.1"},
      {"quoted with port", {"for=\"198.51.100.1:80\""}, "198.51.100.1"},
      {"obfuscated port", {"for=\"198.51.100.1:_x.y\""}, "198.51.100.1"},
      {"IPv6 with port", {"for=\"[2001:db8::7]:4711\""}, "2001:db8::7"},
      {"IPv6 without its quotes", {"for=[2001:db8::7]:4711"}, "2001:db8::7"},
      {"escapes", {"for=\"\\1\\98.51.100.1\""}, "198.51.100.1"},
      {"all parameters", {"by=_p;for=198.51.100.1;host=\"a:1\";proto=https"}, "198.51.100.1"},
      {"spaces", {" for=198.51.100.1 ; proto=http "}, "198.51.100.1"},
      {"empty pairs", {";;for=198.51.100.1; ;"}, "198.51.100.1"},
      {"spoofed on the left", {"for=1.1.1.1, for=198.51.100.1"}, "198.51.100.1"},
      {"over several headers", {"for=1.1.1.1", "for=198.51.100.1", "for=10.0.0.2"}, "198.51.100.1"},
      {"commas in quotes", {"for=1.1.1.1, for=198.51.100.1;x=\"a, for=2.2.2.2\""}, "198.51.100.1"},
      {"quotes in quotes",
       {"for=1.1.1.1, for=198.51.100.1;x=\"a\\\", for=2.2.2.2\""},
       "198.51.100.1"},
      {"backslash before the end", {"for=1.1.1.1, for=198.51.100.1;x=\"\\\\\""}, "198.51.100.1"},
      {"for in another's value", {"x=\"for=1.1.1.1\";for=198.51.100.1"}, "198.51.100.1"},
      // An open quote that a client writes on the left does not change the hops that the proxy
      // appends.
      {"open quote on the left", {"for=\"1.1.1.1, for=198.51.100.1"}, "198.51.100.1"},
      {"open quote, quoted hop", {"for=\"x, for=\"[2001:db8::7]:80\""}, "2001:db8::7"},
      {"open quote, two hops", {"for=\"x, for=\"198.51.100.1\", for=\"10.0.0.2\""}, "198.51.100.1"},
      {"escape on the left", {"x=\\, for=\"198.51.100.1\""}, "198.51.100.1"},
      {"open quote in a header before", {"for=\"1.1.1.1", "for=\"198.51.100.1\""}, "198.51.100.1"},
  };
  for (const auto& [about, lines, expected] : cases)
    EXPECT_EQ(client(trusting, proxy, lines, "forwarded"), expected) << about;
}

TEST(ClientAddress, ReadsNothingIntoAForwardedThatItDoesNotUnderstand) {
  const auto trusting = behind({"10.0.0.0/8"}, ProxyHeader::forwarded);
  for (const char* hop : {"",
                          "1.1.1.1",
                          "for",
                          "for=",
                          "=1.1.1.1",
                          "for=unknown",
                          "for=\"unknown:80\"",
                          "for=_hidden",
                          "for=\"_SEVKISEK\"",
                          "for=\"\"",
                          "for=\"1.1.1.1",
                          "for=1.1.1.1\"",
                          "for=\"1.1.1.1\"x",
                          "for=\"1.1.1.1\\",
                          "for =1.1.1.1",
                          "for= 1.1.1.1",
                          "for=1.1.1.1;for=2.2.2.2",
                          "for=1.1.1.1;FOR=1.1.1.1",
                          "for=1.1.1.1 proto=http",
                          "for=1.1.1.1;proto",
                          ";",
                          "proto=https;by=1.1.1.1",
                          "xfor=1.1.1.1",
                          "for=\" 1.1.1.1\"",
                          "for=\"[2001:db8::7\"",
                          "for=\"1.1.1.1:_\"",
                          "for=(1.1.1.1)"}) {
    EXPECT_EQ(client(trusting, proxy, {hop}, "forwarded"), proxy) << hop;
    EXPECT_EQ(client(trusting, proxy, {hop, "for=10.0.0.2"}, "forwarded"), "10.0.0.2") << hop;
    EXPECT_EQ(client(trusting, proxy, {hop + std::string(", for=198.51.100.1")}, "forwarded"),
              "198.51.100.1")
        << hop;
  }
}

TEST(ClientAddress, LooksAt32Hops) {
  const auto trusting = behind({"10.0.0.0/8"});
  const auto list = [](int proxies) {
    std::string text = "198.51.100.1";
    for (int i = 1; i <= proxies; ++i) text += ", 10.0.1." + std::to_string(i);
    return text;
  };
  EXPECT_EQ(client(trusting, proxy, {list(31)}), "198.51.100.1");
  EXPECT_EQ(client(trusting, proxy, {list(32)}), "10.0.1.1");
  EXPECT_EQ(client(trusting, proxy, {list(33)}), "10.0.1.2");
}

// Like a framework without an index: every look-up scans all headers of the request.
class ManyLines final : public RequestView {
 public:
  explicit ManyLines(std::size_t lines) : lines_(lines) {}
  std::string_view method() const override { return "GET"; }
  std::string_view path() const override { return "/"; }
  std::optional<std::string_view> header(std::string_view, std::size_t nth) const override {
    ++asked;
    if (nth >= lines_) return std::nullopt;
    return nth + 1 == lines_ ? "198.51.100.1" : "1.1.1.1";
  }
  boost::asio::ip::address peer() const override { return make_address(proxy); }

  mutable std::size_t asked = 0;

 private:
  std::size_t lines_;
};

TEST(ClientAddress, FindsTheLastOfManyHeadersWithoutReadingThemAll) {
  const auto trusting = behind({proxy});
  for (const std::size_t lines : {1, 2, 3, 4, 5, 7, 8, 9, 100, 1'000'000}) {
    const ManyLines request(lines);
    EXPECT_EQ(trusting.of(request).to_string(), "198.51.100.1") << lines;
    EXPECT_LT(request.asked, 50U);
  }
}

TEST(ClientAddress, AsksForNoHeaderWhereNoneIsBelieved) {
  const ManyLines request(3);
  EXPECT_EQ(ClientAddress().of(request).to_string(), proxy);
  EXPECT_EQ(behind({"10.0.0.2"}).of(request).to_string(), proxy);
  EXPECT_EQ(request.asked, 0U);
}

TEST(ClientAddress, MatchesNetworksToTheBit) {
  const auto trusts = [](const char* network, const char* peer) {
    return client(behind({network}), peer, {"9.9.9.9"}) == "9.9.9.9";
  };
  EXPECT_TRUE(trusts("10.0.0.0/31", "10.0.0.1"));
  EXPECT_FALSE(trusts("10.0.0.0/31", "10.0.0.2"));
  EXPECT_TRUE(trusts("172.16.0.0/12", "172.31.255.255"));
  EXPECT_FALSE(trusts("172.16.0.0/12", "172.32.0.0"));
  EXPECT_TRUE(trusts("128.0.0.0/1", "255.255.255.255"));
  EXPECT_FALSE(trusts("128.0.0.0/1", "127.255.255.255"));
  EXPECT_TRUE(trusts("10.0.0.1/32", "10.0.0.1"));
  EXPECT_FALSE(trusts("10.0.0.1", "10.0.0.2"));
  EXPECT_TRUE(trusts("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(trusts("2001:db8::/33", "2001:db8:8000::1"));
  EXPECT_TRUE(trusts("2001:db8::1/128", "2001:db8::1"));
  EXPECT_TRUE(trusts("fe80::/10", "fe80::1%1"));
  EXPECT_TRUE(trusts("10.0.0.0/8", "::ffff:10.0.0.1"));
  EXPECT_TRUE(trusts("::ffff:10.0.0.0/104", "10.1.2.3"));
  EXPECT_TRUE(trusts("::ffff:10.0.0.1", "10.0.0.1"));
  EXPECT_FALSE(trusts("::/1", "10.0.0.1"));
  EXPECT_FALSE(trusts("10.0.0.0/8", "a00::"));
}

TEST(ClientAddress, RefusesWhatIsNoProxy) {
  for (const char* bad : {"",
                          "/",
                          "/8",
                          "10.0.0.0/",
                          "10.0.0.0/33",
                          "10.0.0.0/-1",
                          "10.0.0.0/+8",
                          "10.0.0.0/8 ",
                          " 10.0.0.0/8",
                          "10.0.0.0/8x",
                          "10.0.0.0/255.0.0.0",
                          "10.0.0/8",
                          "10.0.0.1/8",
                          "proxy",
                          "*",
                          "0.0.0.0/0",
                          "::/0",
                          "::/129",
                          "2001:db8::1/64",
                          "fe80::1%1",
                          "[::1]",
                          "10.0.0.1:80",
                          "::ffff:10.0.0.0/95",
                          "::ffff:0.0.0.0/96",
                          "10.0.0.0/99999999999"}) {
    try {
      behind({"192.0.2.1", bad});
      ADD_FAILURE() << bad;
    } catch (const std::invalid_argument& error) {
      EXPECT_NE(std::string(error.what()).find("trusted_proxies"), std::string::npos);
      EXPECT_NE(std::string(error.what()).find(bad), std::string::npos);
    }
  }
}

TEST(SplitLastHop, GivesOneHopAfterTheOther) {
  const auto split = [](std::string_view line) {
    return split_last_hop(line, ProxyHeader::x_forwarded_for);
  };
  EXPECT_EQ(split("a, b").hop, "b");
  EXPECT_EQ(split("a, b").rest, "a");
  EXPECT_EQ(split("a").rest, std::nullopt);
  EXPECT_EQ(split(",a").rest, "");
  EXPECT_EQ(split("").hop, "");
  EXPECT_EQ(split("").rest, std::nullopt);
  const std::string longest(max_hop_size, 'x');
  EXPECT_EQ(split(longest).hop, longest);
  EXPECT_EQ(split("," + longest).hop, "");
  EXPECT_EQ(split("1.1.1.1," + longest).rest, std::nullopt);
}

TEST(AddressIdentity, IsTheNetworkThatOneClientHas) {
  const auto identity = [](const char* text) { return address_identity(make_address(text)); };
  EXPECT_EQ(identity("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(identity("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(identity("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(identity("2001:db8:1:3::"), "2001:db8:1:3::/64");
  EXPECT_EQ(identity("fe80::1%1"), "fe80::/64");
}

}  // namespace
}  // namespace webtool::auth
