#include <webtool/auth/anno_session_backend.hpp>
#include <webtool/jose/base64url.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <stdexcept>

#include "auth/cookies.hpp"
#include "support/fake_request.hpp"
#include "support/manual_clock.hpp"
#include "support/run.hpp"

namespace webtool::auth {
namespace {

using namespace std::chrono_literals;

const std::string old_key = "0123456789abcdef0123456789abcdef";
const std::string new_key = "fedcba9876543210fedcba9876543210";

class AnnoSessionBackendTest : public testing::Test {
 protected:
  AnnoSessionOptions options(const std::vector<std::string>& keys = {old_key}) {
    AnnoSessionOptions options;
    for (const auto& key : keys) options.secret_keys.emplace_back(key);
    options.clock = clock_.clock();
    return options;
  }
  static std::string value_of(const std::string& set_cookie) {
    const auto from = set_cookie.find('=') + 1;
    return set_cookie.substr(from, set_cookie.find(';') - from);
  }
  static boost::system::error_code error(const AnnoSessionBackend& backend,
                                         std::string_view value) {
    const auto session = backend.verify(value);
    return session.has_error() ? session.error() : boost::system::error_code{};
  }
  result<AuthData> ask(AnnoSessionBackend& backend, const std::string& cookie) {
    test::FakeRequest request;
    request.headers.emplace("cookie", cookie);
    test::Loop loop;
    return loop.run(backend.authenticate(request));
  }

  test::ManualClock clock_;
};

TEST_F(AnnoSessionBackendTest, SignsWithASecretOfTheProcessWhereItHasNone) {
  const AnnoSessionBackend first(options({})), second(options({}));
  const auto value = value_of(first.set_cookie(first.issue()));
  EXPECT_TRUE(first.verify(value).has_value());
  EXPECT_TRUE(second.verify(value).has_value());
  // The random key is neither a fixed key nor another known one.
  for (const auto& guess : {std::string(32, '\0'), old_key})
    EXPECT_EQ(error(AnnoSessionBackend(options({guess})), value), TokenError::bad_signature);
  auto other_name = options({});
  other_name.session_name = "other";
  EXPECT_EQ(error(AnnoSessionBackend(other_name), value), TokenError::bad_signature);
}

TEST_F(AnnoSessionBackendTest, KnowsWhatItIssued) {
  AnnoSessionBackend backend(options());
  const auto issued = backend.issue();
  const auto value = value_of(backend.set_cookie(issued));
  const auto session = backend.verify(value);
  ASSERT_TRUE(session.has_value()) << session.error();
  EXPECT_EQ(session->id, issued.id);
  EXPECT_EQ(session->issued, issued.issued);
  EXPECT_EQ(session->issued, std::chrono::floor<std::chrono::seconds>(clock_.now()));
  EXPECT_FALSE(session->renew);
  EXPECT_FALSE(issued.renew);

  const auto auth = ask(backend, "a=b; th-session=" + value);
  ASSERT_TRUE(auth.has_value()) << auth.error();
  EXPECT_EQ(auth->identifier, issued.id);
  EXPECT_EQ(auth->scope, std::nullopt);
  EXPECT_TRUE(auth->extra.empty());
}

TEST_F(AnnoSessionBackendTest, SaysWhyNot) {
  AnnoSessionBackend backend(options());
  const auto value = value_of(backend.set_cookie(backend.issue()));
  const auto other = value_of(backend.set_cookie(backend.issue()));
  EXPECT_EQ(ask(backend, "").error(), TokenError::no_credentials);
  EXPECT_EQ(ask(backend, "TH-SESSION=" + value).error(), TokenError::no_credentials);
  EXPECT_EQ(ask(backend, "th-session=" + value + "; th-session=" + other).error(),
            TokenError::multiple_credentials);
  EXPECT_EQ(ask(backend, "th-session=abc").error(), TokenError::malformed);
  EXPECT_TRUE(ask(backend, "th-session=\"" + value + "\"").has_value());  // RFC 6265 §4.1.1
  EXPECT_EQ(ask(backend, "th-session=\"" + value).error(), TokenError::malformed);
  EXPECT_EQ(ask(backend, "th-session=" + value + " ").error(), TokenError::malformed);
}

TEST_F(AnnoSessionBackendTest, IdsAreLongAndNeverTheSame) {
  const AnnoSessionBackend backend(options());
  std::set<std::string> seen;
  for (int i = 0; i < 1'000; ++i) {
    const auto id = backend.issue().id;
    EXPECT_EQ(id.size(), 22U);
    EXPECT_TRUE(seen.insert(id).second);
  }
}

TEST_F(AnnoSessionBackendTest, EveryChangeOfACookieIsNoticed) {
  const AnnoSessionBackend backend(options());
  const auto value = value_of(backend.set_cookie(backend.issue()));
  ASSERT_EQ(error(backend, value), boost::system::error_code{});
  EXPECT_TRUE(is_cookie_value(value));

  for (std::size_t size = 0; size < value.size(); ++size) {
    EXPECT_TRUE(error(backend, value.substr(0, size))) << size;
    EXPECT_TRUE(error(backend, value.substr(value.size() - size))) << size;
    auto shorter = value;
    EXPECT_TRUE(error(backend, shorter.erase(size, 1))) << size;
    for (int c = 0; c < 256; ++c) {
      auto changed = value;
      changed[size] = static_cast<char>(c);
      if (changed == value) continue;
      EXPECT_TRUE(error(backend, changed)) << size << ' ' << c;
      auto longer = value;
      EXPECT_TRUE(error(backend, longer.insert(size, 1, static_cast<char>(c)))) << size << ' ' << c;
    }
  }
  for (int c = 0; c < 256; ++c) EXPECT_TRUE(error(backend, value + static_cast<char>(c))) << c;
}

TEST_F(AnnoSessionBackendTest, TellsMalformedFromForged) {
  const AnnoSessionBackend backend(options());
  const std::string id(22, 'A');
  const std::string mac(43, 'A');
  EXPECT_EQ(error(backend, id + ".1." + mac), TokenError::bad_signature);
  EXPECT_EQ(error(backend, id + ".99999999999." + mac), TokenError::bad_signature);
  for (const auto& bad :
       {id + ".." + mac, id + ".-1." + mac, id + ".+1." + mac, id + ".1e3." + mac,
        id + ".100000000000." + mac, id + ".1" + mac, id + "1." + mac, id + "A.1." + mac,
        id + ".1." + mac + "A", id + ".1." + mac + ".", id + ".1." + std::string(43, '+'),
        id + ".1." + std::string(42, 'A') + "B", id + ".1", id + ".", id, std::string(),
        std::string(10'000, 'A'), std::string(10'000, '.')})
    EXPECT_EQ(error(backend, bad), TokenError::malformed) << bad;
}

TEST_F(AnnoSessionBackendTest, AnothersCookieIsForged) {
  const AnnoSessionBackend backend(options());
  auto renamed = options();
  renamed.session_name = "other";
  const AnnoSessionBackend other_name(renamed);
  const AnnoSessionBackend other_key(options({new_key}));
  const auto value = value_of(backend.set_cookie(backend.issue()));
  EXPECT_EQ(error(other_name, value), TokenError::bad_signature);
  EXPECT_EQ(error(other_key, value), TokenError::bad_signature);
  // A token signed with the same secret is not accepted as a cookie.
  const auto text = value.substr(0, value.rfind('.'));
  std::string mac;
  jose::Key::from_secret(old_key, {.algorithm = jose::Algorithm::hs256}).sign(text, mac);
  EXPECT_EQ(error(backend, text + '.' + jose::base64url_encode(mac)), TokenError::bad_signature);
}

TEST_F(AnnoSessionBackendTest, KeysRotate) {
  const AnnoSessionBackend before(options({old_key}));
  const AnnoSessionBackend during(options({new_key, old_key}));
  const AnnoSessionBackend after(options({new_key}));
  const auto old_value = value_of(before.set_cookie(before.issue()));

  const auto session = during.verify(old_value);
  ASSERT_TRUE(session.has_value());
  EXPECT_TRUE(session->renew);
  const auto new_value = value_of(during.set_cookie(*session));
  const auto renewed = after.verify(new_value);
  ASSERT_TRUE(renewed.has_value());
  EXPECT_EQ(renewed->id, session->id);
  EXPECT_FALSE(renewed->renew);
  EXPECT_EQ(error(before, new_value), TokenError::bad_signature);
  EXPECT_EQ(error(after, old_value), TokenError::bad_signature);
}

TEST_F(AnnoSessionBackendTest, AgesByTheClock) {
  auto hour = options();
  hour.max_age = 1h;
  const AnnoSessionBackend backend(hour);
  clock_.advance(1s - clock_.now().time_since_epoch() % 1s);  // to a whole second
  const auto session = backend.issue();
  const auto value = value_of(backend.set_cookie(session));

  clock_.advance(30min);
  EXPECT_FALSE(backend.verify(value)->renew);
  clock_.advance(1us);
  EXPECT_TRUE(backend.verify(value)->renew);
  const auto renewed = value_of(backend.set_cookie(session));
  EXPECT_NE(renewed, value);

  clock_.advance(30min - 2us);
  EXPECT_TRUE(backend.verify(value).has_value());
  clock_.advance(1us);
  EXPECT_EQ(error(backend, value), TokenError::expired);
  EXPECT_EQ(backend.verify(renewed)->id, session.id);
}

TEST_F(AnnoSessionBackendTest, AHostsClockMayRunFiveMinutesBehind) {
  const AnnoSessionBackend backend(options());
  clock_.advance(1s - clock_.now().time_since_epoch() % 1s);
  const auto value = value_of(backend.set_cookie(backend.issue()));
  clock_.advance(-5min);
  EXPECT_FALSE(backend.verify(value)->renew);
  clock_.advance(-1us);
  EXPECT_EQ(error(backend, value), TokenError::not_yet_valid);
}

TEST_F(AnnoSessionBackendTest, SetsTheCookieWithItsAttributes) {
  const auto attributes = [](const AnnoSessionOptions& chosen) {
    const AnnoSessionBackend backend(chosen);
    const auto text = backend.set_cookie(backend.issue());
    return text.substr(0, text.find('=')) + text.substr(text.find(';'));
  };
  EXPECT_EQ(attributes(options()),
            "th-session; Max-Age=1209600; Path=/; Secure; HttpOnly; SameSite=Lax");
  auto chosen = options();
  chosen.session_name = "__Host-id";
  chosen.max_age = 1min;
  chosen.same_site = SameSite::strict;
  EXPECT_EQ(attributes(chosen), "__Host-id; Max-Age=60; Path=/; Secure; HttpOnly; SameSite=Strict");
  chosen = options();
  chosen.same_site = SameSite::none;
  chosen.domain = "example.com";
  chosen.path = "/api";
  EXPECT_EQ(attributes(chosen),
            "th-session; Max-Age=1209600; Domain=example.com; Path=/api; Secure; HttpOnly; "
            "SameSite=None");
  chosen.partitioned = true;
  EXPECT_THAT(attributes(chosen), testing::EndsWith("; SameSite=None; Partitioned"));
  chosen = options();
  chosen.secure = false;
  EXPECT_EQ(attributes(chosen), "th-session; Max-Age=1209600; Path=/; HttpOnly; SameSite=Lax");
}

TEST_F(AnnoSessionBackendTest, SetsNoCookieForAForeignId) {
  const AnnoSessionBackend backend(options());
  for (const char* bad : {"", "abc", "AAAAAAAAAAAAAAAAAAAAAA; x=y", "AAAAAAAAAAAAAAAAAAAAAB"})
    EXPECT_THROW((void)backend.set_cookie({bad, {}, false}), std::invalid_argument) << bad;
}

TEST_F(AnnoSessionBackendTest, RefusesImpossibleOptions) {
  const auto complaint = [](AnnoSessionOptions chosen) -> std::string {
    try {
      const AnnoSessionBackend backend(std::move(chosen));
      return "";
    } catch (const std::invalid_argument& error) {
      EXPECT_EQ(std::string(error.what()).find(old_key), std::string::npos);
      return error.what();
    }
  };
  const auto names = [&](const char* option, const AnnoSessionOptions& chosen) {
    const auto text = complaint(chosen);
    return text.starts_with(std::string("AnnoSessionOptions::") + option) ? "" : "said: " + text;
  };
  EXPECT_EQ(complaint(options()), "");
  EXPECT_EQ(complaint(options({old_key.substr(0, 16)})), "");
  EXPECT_EQ(names("secret_keys", options({old_key, ""})), "");
  EXPECT_EQ(names("secret_keys", options({old_key, new_key.substr(0, 15)})), "");
  EXPECT_EQ(names("secret_keys", options({"-----BEGIN PUBLIC KEY-----\n"})), "");

  const auto with = [&](auto change) {
    auto chosen = options();
    change(chosen);
    return chosen;
  };
  for (const char* bad : {"", "a b", "a;b", "a=b", "a\r\nb"})
    EXPECT_EQ(names("session_name", with([&](auto& o) { o.session_name = bad; })), "") << bad;
  for (const auto bad : {std::chrono::seconds(0), std::chrono::seconds(-1),
                         std::chrono::seconds(400 * 24h + 1s), std::chrono::seconds::max()})
    EXPECT_EQ(names("max_age", with([&](auto& o) { o.max_age = bad; })), "");
  for (const char* bad : {"", "api", "/a;b", "/a\r\nb", "/\xc3\xa9"})
    EXPECT_EQ(names("path", with([&](auto& o) { o.path = bad; })), "") << bad;
  for (const char* bad : {".example.com", "a b", "a;b", "a\n", "*"})
    EXPECT_EQ(names("domain", with([&](auto& o) { o.domain = bad; })), "") << bad;
  EXPECT_EQ(names("ip_factor", with([](auto& o) { o.ip_factor = 0; })), "");
  EXPECT_EQ(names("clock", with([](auto& o) { o.clock = nullptr; })), "");
  EXPECT_EQ(names("same_site", with([](auto& o) {
                    o.secure = false;
                    o.same_site = SameSite::none;
                  })),
            "");
  EXPECT_EQ(names("partitioned", with([](auto& o) {
                    o.secure = false;
                    o.partitioned = true;
                  })),
            "");
}

TEST_F(AnnoSessionBackendTest, HoldsWhatTheNamesPrefixPromises) {
  const auto allowed = [this](const char* name, bool secure, const char* path, const char* domain) {
    auto chosen = options();
    chosen.session_name = name;
    chosen.secure = secure;
    chosen.path = path;
    chosen.domain = domain;
    try {
      const AnnoSessionBackend backend(chosen);
      return true;
    } catch (const std::invalid_argument&) {
      return false;
    }
  };
  EXPECT_TRUE(allowed("__Host-id", true, "/", ""));
  EXPECT_FALSE(allowed("__Host-id", false, "/", ""));
  EXPECT_FALSE(allowed("__Host-id", true, "/api", ""));
  EXPECT_FALSE(allowed("__Host-id", true, "/", "example.com"));
  EXPECT_FALSE(allowed("__hOST-id", false, "/", ""));
  EXPECT_TRUE(allowed("__Secure-id", true, "/api", "example.com"));
  EXPECT_FALSE(allowed("__Secure-id", false, "/", ""));
  EXPECT_TRUE(allowed("__Hos", false, "/api", ""));
}

}  // namespace
}  // namespace webtool::auth
