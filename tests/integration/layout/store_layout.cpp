// Data that a released version has stored is read by every later version of the same layout, and
// written in the same form: docs/reference/redis.md has the rules. layout_1.redis and
// layout_1.clients are such data: what commit b9b5abf stored, and what its clients held.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/ip/address.hpp>

#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include <webtool/auth/backend.hpp>
#include <webtool/auth/jwt_service.hpp>
#include <webtool/auth/store_tag.hpp>
#include <webtool/throttle/limit_middleware.hpp>
#include <webtool/throttle/redis_limiter.hpp>

#include "integration/layout/redis_image.hpp"
#include "support/failing_cache.hpp"
#include "support/fake_request.hpp"
#include "support/run.hpp"

namespace webtool {
namespace {

using namespace std::chrono_literals;
using auth::AccessTokenView;
using auth::RefreshTokenView;
using auth::TokenError;
using testing::ElementsAre;
using throttle::Algorithm;
using throttle::LimitRule;
using throttle::Policy;

constexpr const char* contract =
    "The layout of the data in Redis is a contract: processes of two versions must be able to use "
    "one Redis. Read \"Version of the layout\" in docs/reference/redis.md before you change this "
    "test or the recorded data.";

// 2026-01-01. The server's clock is later, so the library goes by this one.
constexpr Timestamp recorded_at{std::chrono::seconds(1'767'225'600)};
constexpr Timestamp tablet_rotated_at = recorded_at + 10min;
constexpr auto leeway = 1min;

std::string recorded(const std::string& name) {
  std::ifstream file(std::string(WEBTOOL_RECORDED "/") + name);
  if (!file) throw std::runtime_error("cannot read " + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

// What follows the first empty line; a comment stands before it.
std::string content(const std::string& name) {
  const auto text = recorded(name);
  return text.substr(text.find("\n\n") + 2);
}

// Returns the first line that differs, or an empty text.
std::string first_difference(const std::string& text, const std::string& expected) {
  std::istringstream lines(text), expected_lines(expected);
  while (lines || expected_lines) {
    std::string line, expected_line;
    std::getline(lines, line);
    std::getline(expected_lines, expected_line);
    if (line != expected_line) return "recorded: " + expected_line + "\nnow:      " + line;
  }
  return "";
}

// The file of lines `name value`.
std::map<std::string, std::string> clients() {
  std::istringstream lines(content("layout_1.clients"));
  std::map<std::string, std::string> held;
  for (std::string name, value; lines >> name >> value;) held[name] = value;
  return held;
}

LimitRule rule(std::uint32_t most, Algorithm algorithm, std::uint32_t cost = 1) {
  LimitRule rule;
  rule.max_requests = most;
  rule.interval = 1h;
  rule.algorithm = algorithm;
  rule.cost = cost;
  return rule;
}

LimitRule in_shadow() {
  auto limit = rule(1, Algorithm::sliding_window);
  limit.shadow = true;
  return limit;
}

LimitRule shared() {
  auto limit = rule(6, Algorithm::gcra);
  limit.throttle_key = "exports";
  return limit;
}

LimitRule per_address() {
  auto limit = rule(5, Algorithm::fixed_window);
  limit.per = throttle::Per::address;
  return limit;
}

auth::Session session(std::string id, std::string refresh, std::string note) {
  auth::Session session;
  session.id = std::move(id);
  session.refresh = std::move(refresh);
  session.created = session.rotated = recorded_at;
  session.expires = recorded_at + 168h + leeway;
  session.note = std::move(note);
  return session;
}

const auth::Session phone =
    session("a000000000000001", "1000000000000001", "Ann's phone, K\u00f6ln");
const auth::Session tablet = session("a000000000000002", "1000000000000002", "");
const auth::Session laptop = session("a000000000000003", "1000000000000003", "a laptop");
const auth::Session desk = session("b000000000000001", "1000000000000004", "a desk");
constexpr std::string_view tablet_next = "2000000000000002";
constexpr std::string_view anonymous = "AAECAwQFBgcICQoLDA0ODw";

class StoreLayout : public testing::Test {
 protected:
  template <class T>
  auto run(awaitable<T> work) {
    return loop_.run(std::move(work));
  }
  [[nodiscard]] Clock clock() {
    return [this] { return now_; };
  }
  [[nodiscard]] auth::JWTServiceOptions service_options() {
    auth::JWTServiceOptions options;
    options.secret_key = jose::Key::from_secret("a secret of at least 32 bytes, it says");
    options.claims.leeway = leeway;
    options.clock = clock();
    return options;
  }
  [[nodiscard]] auth::AnnoSessionOptions cookie_options() {
    auth::AnnoSessionOptions options;
    options.secret_keys.emplace_back("cookies are signed with this one");
    options.clock = clock();
    return options;
  }
  [[nodiscard]] throttle::RedisLimiterOptions limiter_options() {
    throttle::RedisLimiterOptions options;
    options.remembered_denials = 0;
    options.clock = clock();
    return options;
  }

  // Requests of one client, through the middleware.
  void request(const Policy& policy, int times, const std::string& header, const std::string& value,
               std::string_view address, std::vector<throttle::RuleKey> keys = {}) {
    test::FakeRequest request;
    if (!header.empty()) request.headers.emplace(header, value);
    request.address = boost::asio::ip::make_address(address);
    for (int i = 0; i < times; ++i) {
      const auto verdict = run(middleware_.check(request, policy, keys));
      EXPECT_TRUE(verdict.passed);
    }
  }

  throttle::Decision decide(const Policy& policy, throttle::Identity who, std::uint32_t times = 1,
                            bool partial = false) {
    auto attempt = throttle::attempt(policy, who);
    attempt.times = times;
    attempt.partial = partial;
    return run(limiter_.decide(attempt));
  }
  static std::vector<std::uint32_t> remaining(const throttle::Decision& decision) {
    std::vector<std::uint32_t> left;
    for (const auto& outcome : decision.outcomes) left.push_back(outcome.remaining);
    return left;
  }

  void write_sessions() {
    const auto store = auth::make_session_store(cache_);
    for (const auto& one : {phone, tablet, laptop}) run(store->save("ann", one, 100, now_));
    auth::Rotation rotation{};
    rotation.session = tablet.id;
    rotation.presented = {auth::Id(tablet.refresh), tablet.rotated};
    rotation.next = tablet_next;
    rotation.now = rotation.rotated = tablet_rotated_at;
    rotation.expires = tablet_rotated_at + 168h + leeway;
    rotation.max_age = 90 * 24h;
    const auto claims = auth::short_digest(auth::to_json(auth::ClaimsSet(auth::Grant("ann"))));
    rotation.claims = claims;
    ASSERT_TRUE(run(store->rotate("ann", rotation)).has_value());
    ASSERT_TRUE(run(service_.end_session("ann", laptop.id + laptop.refresh)));
    run(auth::make_session_store(other_cache_)->save("ben", desk, 100, now_));
  }

  void write_counters() {
    const auto bearer = "Bearer " + clients()["phone.access"];
    const auto cookie = clients()["cookie"];
    for (const auto* policy : {&many_, &large_, &shared_})
      request(*policy, 3, "authorization", bearer, "192.0.2.1");
    request(many_, 3, "cookie", cookie, "192.0.2.1");
    request(per_address_, 3, "", "", "2001:db8::1");
    request(tenant_, 3, "", "", "192.0.2.1", {{~throttle::RuleSet{0}, "tenant 1"}});
    EXPECT_EQ(decide(bucket_, {"job", "import"}, 4, true).granted, 4u);
    // The clock is set back for ten minutes after the first charge.
    now_ += 10min;
    decide(window_, {"job", "night"});
    now_ -= 10min;
    decide(window_, {"job", "night"});
  }

  void write_values() {
    EXPECT_TRUE(run(cache_.set("plain", std::string_view("text and bytes \0\n\xff", 18))));
    EXPECT_TRUE(run(cache_.set("expiring", "soon", {.ex = 1h})));
    auto lock = cache_.lock("jobs", {.ttl = 1h});
    EXPECT_TRUE(run(lock.acquire()));
    // The owner is random.
    const auto owner = *server_.command({"GET", "jobs:lock"}).string();
    EXPECT_EQ(owner.size(), 16u);
    server_.command({"SET", "jobs:lock", "owner: 16 bytes.", "KEEPTTL"});
  }

  [[nodiscard]] std::string client_lines() {
    std::string lines;
    const auto add = [&](const std::string& name, const auth::Session& one) {
      auth::ClaimsSet claims(auth::Grant("ann"));
      claims.iat = one.rotated;
      claims.exp = one.expires - leeway;
      claims.jti = one.id + one.refresh;
      auto& manager = service_.jwt_manager();
      const auto refresh = manager.encode(claims, auth::TokenType::refresh);
      claims.exp = one.rotated + 1h;
      claims.jti = one.id + std::string(std::string_view(auth::paired_issue(one.refresh)));
      const auto access = manager.encode(claims, auth::TokenType::access);
      lines += name + ".access " + access + '\n' + name + ".refresh " + refresh + '\n';
    };
    add("phone", phone);
    add("tablet-1", tablet);
    auto rotated = tablet;
    rotated.refresh = tablet_next;
    rotated.rotated = tablet_rotated_at;
    rotated.expires = tablet_rotated_at + 168h + leeway;
    add("tablet-2", rotated);
    add("laptop", laptop);
    const auto cookie = cookies_.set_cookie({std::string(anonymous), {}, false});
    return lines + "cookie " + cookie.substr(0, cookie.find(';')) + '\n';
  }

  Timestamp now_ = recorded_at;
  test::RedisServer server_;
  cache::RedisCache cache_{server_.url()};
  // Not a RedisCache, so it keeps documents.
  test::FailingCache other_cache_{cache_};
  test::Loop loop_;
  auth::JWTService service_{cache_, service_options()};
  auth::JWTBackend backend_{service_};
  auth::AnnoSessionBackend cookies_{cookie_options()};
  throttle::RedisLimiter limiter_{cache_, limiter_options()};
  throttle::LimitMiddleware middleware_{limiter_,
                                        {.auth_backend = &backend_, .anno_backend = &cookies_}};

  const Policy many_ = middleware_.policy(
      "GET /many/", {rule(10, Algorithm::sliding_window, 2), rule(6, Algorithm::gcra),
                     rule(20, Algorithm::fixed_window), in_shadow()});
  const Policy large_ = middleware_.policy("GET /large/", {rule(600, Algorithm::sliding_window)});
  const Policy shared_ = middleware_.policy("GET /shared/", {shared()});
  const Policy per_address_ = middleware_.policy("GET /address/", {per_address()});
  const Policy tenant_ = middleware_.policy("GET /tenant/", {rule(10, Algorithm::sliding_window)});
  const Policy bucket_{"import", {rule(6, Algorithm::gcra)}};
  const Policy window_{"night", {rule(10, Algorithm::sliding_window)}};
};

using WrittenLayout = StoreLayout;

TEST_F(WrittenLayout, ClientsHoldWhatIsRecorded) {
  EXPECT_EQ(first_difference(client_lines(), content("layout_1.clients")), "") << contract;
}

TEST_F(WrittenLayout, TheStoreHoldsWhatIsRecorded) {
  write_sessions();
  write_counters();
  write_values();
  const auto image = test::image_of(server_);
  EXPECT_EQ(first_difference(image, content("layout_1.redis")), "") << contract;
}

// What the service itself writes, whose ids are random.
TEST_F(WrittenLayout, ANewSessionIsOneRecord) {
  const auto pair = run(service_.create_token(auth::Grant("eve"), "her phone"));
  const auto jti = run(service_.validate_refresh_token(pair.refresh))->jti;
  const auto record =
      server_.command({"HGET", "wt:{" + auth::store_tag("eve") + "}:sessions", jti.substr(0, 16)});
  ASSERT_NE(record.string(), nullptr) << contract;
  EXPECT_EQ(*record.string(),
            jti.substr(16) + " - 1767225600000000 1767225600000000 1767830460000000 her phone")
      << contract;
}

class RecordedLayout : public StoreLayout {
 protected:
  RecordedLayout() { test::load(server_, recorded("layout_1.redis")); }

  [[nodiscard]] AccessTokenView access(const std::string& device) {
    return AccessTokenView(held_.at(device + ".access"));
  }
  [[nodiscard]] RefreshTokenView refresh(const std::string& device) {
    return RefreshTokenView(held_.at(device + ".refresh"));
  }

  std::map<std::string, std::string> held_ = clients();
};

TEST_F(RecordedLayout, ASessionIsValidAndRotates) {
  SCOPED_TRACE(contract);
  now_ += 30min;
  EXPECT_TRUE(run(service_.validate_access_token(access("phone"))).has_value());
  EXPECT_TRUE(run(service_.validate_refresh_token(access("phone"), refresh("phone"))).has_value());
  const auto pair = run(service_.update_token({}, refresh("phone")));
  ASSERT_TRUE(pair.has_value());
  EXPECT_TRUE(run(service_.validate_access_token(pair->access)).has_value());
  EXPECT_EQ(run(service_.validate_access_token(access("phone"))).error(), TokenError::revoked);
}

TEST_F(RecordedLayout, SessionsAreListedWithTheirNotes) {
  SCOPED_TRACE(contract);
  const auto sessions = run(service_.sessions("ann"));
  ASSERT_EQ(sessions.size(), 2u);
  EXPECT_EQ(sessions[0].refresh_jti, phone.id + phone.refresh);
  EXPECT_EQ(sessions[0].note, phone.note);
  EXPECT_EQ(sessions[0].created, recorded_at);
  EXPECT_EQ(sessions[1].refresh_jti, tablet.id + std::string(tablet_next));
  EXPECT_EQ(sessions[1].rotated, tablet_rotated_at);
  EXPECT_EQ(sessions[1].expires, tablet_rotated_at + 168h);
}

TEST_F(RecordedLayout, ARevokedSessionStaysRevoked) {
  SCOPED_TRACE(contract);
  EXPECT_EQ(run(service_.validate_access_token(access("laptop"))).error(),
            TokenError::unknown_token);
  EXPECT_EQ(run(service_.update_token({}, refresh("laptop"))).error(), TokenError::unknown_token);
  now_ = tablet_rotated_at;
  EXPECT_EQ(run(service_.validate_access_token(access("tablet-1"))).error(), TokenError::revoked);
  EXPECT_TRUE(run(service_.validate_access_token(access("tablet-2"))).has_value());
}

TEST_F(RecordedLayout, ALostPairIsReturnedAgainWithinTheGrace) {
  SCOPED_TRACE(contract);
  auto options = service_options();
  options.rotation_grace = 5min;
  auth::JWTService patient(cache_, std::move(options));
  now_ = tablet_rotated_at + 1min;
  const auto again = run(patient.update_token({}, refresh("tablet-1")));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->access, held_["tablet-2.access"]);
  EXPECT_EQ(again->refresh, held_["tablet-2.refresh"]);
}

TEST_F(RecordedLayout, ASpentTokenEndsItsSession) {
  SCOPED_TRACE(contract);
  now_ += 30min;
  EXPECT_EQ(run(service_.update_token({}, refresh("tablet-1"))).error(), TokenError::token_reused);
  EXPECT_EQ(run(service_.validate_refresh_token(refresh("tablet-2"))).error(),
            TokenError::unknown_token);
  EXPECT_EQ(run(service_.sessions("ann")).size(), 1u);
}

TEST_F(RecordedLayout, SessionsAreEnded) {
  SCOPED_TRACE(contract);
  EXPECT_EQ(*run(service_.invalidate_others(refresh("phone"))), 1u);
  EXPECT_EQ(run(service_.sessions("ann")).size(), 1u);
}

TEST_F(RecordedLayout, ADocumentIsReadAndRotates) {
  SCOPED_TRACE(contract);
  auth::JWTService service(static_cast<cache::BaseCache&>(other_cache_), service_options());
  const auto sessions = run(service.sessions("ben"));
  ASSERT_EQ(sessions.size(), 1u);
  EXPECT_EQ(sessions[0].refresh_jti, desk.id + desk.refresh);
  EXPECT_EQ(sessions[0].note, "a desk");
  auth::Rotation rotation{};
  rotation.session = desk.id;
  rotation.presented = {auth::Id(desk.refresh), desk.rotated};
  rotation.next = tablet_next;
  rotation.now = rotation.rotated = recorded_at + 1h;
  rotation.expires = recorded_at + 2h;
  rotation.max_age = 24h;
  const auto store = auth::make_session_store(other_cache_);
  EXPECT_TRUE(run(store->rotate("ben", rotation)).has_value());
}

TEST_F(RecordedLayout, EveryKindOfLimitGoesOnCounting) {
  SCOPED_TRACE(contract);
  now_ += 20min;
  // Three requests are recorded. The first rule has cost 2. The bucket has got two back.
  const auto many = decide(many_, {"user", "ann"});
  EXPECT_THAT(remaining(many), ElementsAre(2, 4, 16, 0));
  EXPECT_FALSE(many.outcomes[3].allowed);
  EXPECT_THAT(remaining(decide(large_, {"user", "ann"})), ElementsAre(596));
  EXPECT_THAT(remaining(decide(shared_, {"user", "ann"})), ElementsAre(4));
  EXPECT_THAT(remaining(decide(per_address_, {"ip", "2001:db8::/64"})), ElementsAre(1));
  EXPECT_THAT(remaining(decide(bucket_, {"job", "import"}, 9, true)), ElementsAre(0));
  EXPECT_THAT(remaining(decide(window_, {"job", "night"})), ElementsAre(7));
}

// What a client of the middleware sees, after the requests that are recorded.
TEST_F(RecordedLayout, ClientsOfARouteAreCountedOn) {
  SCOPED_TRACE(contract);
  now_ += 20min;
  const auto left = [&](const Policy& policy, const std::string& header, const std::string& value,
                        std::vector<throttle::RuleKey> keys = {}) {
    test::FakeRequest request;
    if (!header.empty()) request.headers.emplace(header, value);
    request.address = boost::asio::ip::make_address("192.0.2.1");
    const auto verdict = run(middleware_.check(request, policy, keys));
    for (const auto& [name, text] : verdict.headers)
      if (name == "x-ratelimit-remaining") return text;
    return std::string("none");
  };
  EXPECT_EQ(left(many_, "authorization", "Bearer " + held_["phone.access"]), "2");
  EXPECT_EQ(left(many_, "cookie", held_["cookie"]), "2");
  EXPECT_EQ(left(tenant_, "", "", {{~throttle::RuleSet{0}, "tenant 1"}}), "6");
}

TEST_F(RecordedLayout, ValuesAndLocksAreRead) {
  SCOPED_TRACE(contract);
  EXPECT_EQ(run(cache_.get("plain")), std::string("text and bytes \0\n\xff", 18));
  EXPECT_EQ(run(cache_.get("expiring")), "soon");
  auto lock = cache_.lock("jobs", {.blocking = false});
  EXPECT_FALSE(run(lock.acquire()));
  EXPECT_TRUE(run(cache_.erase("jobs:lock", "owner: 16 bytes.")));
  EXPECT_TRUE(run(lock.acquire()));
}

}  // namespace
}  // namespace webtool
