// The port of limiters. A limiter checks all limits of a request, then charges all of them or none,
// in one atomic step. A denied request costs nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <webtool/auth/session_check.hpp>
#include <webtool/core/awaitable.hpp>
#include <webtool/throttle/policy.hpp>

namespace webtool::throttle {

/// The identity that is charged. The kind separates users, addresses and an application's own
/// kinds.
struct Identity {
  std::string_view kind;     ///< "user", "ip" or an application's own: lower-case letters
  std::string_view subject;  ///< any bytes
};

/// The state of one group for the identity. With `session`, the state of that anonymous session of
/// the address.
struct Counter {
  const Group* group = nullptr;
  std::string_view session{};
};

/// One request to decide. Everything that it points to must live until the decision is made.
struct Attempt {
  Identity identity{};
  std::vector<Counter> counters{};
  RuleSet rules = ~RuleSet{0};  ///< the rules that count the request
  std::uint32_t times = 1;      ///< each rule's cost is charged this many times; 0 charges nothing
  bool partial = false;         ///< charge as many of `times` as have room; deny if none has
  bool peek = false;            ///< charge nothing, only return the outcomes
  /// A session that must be alive in the same step. Otherwise nothing is decided or charged. Only
  /// for a limiter whose `checks` returns true for it.
  const auth::SessionCheck* session = nullptr;
};

/// The result of one limit.
struct Outcome {
  static constexpr std::chrono::microseconds never = std::chrono::microseconds::max();

  const Limit* limit = nullptr;
  bool allowed = true;
  std::uint32_t remaining = 0;  ///< requests of cost 1 that have room after this one
  /// Time until `remaining` grows. 0 if nothing is used.
  std::chrono::microseconds reset{0};
  /// Time until the same request would be allowed. `never` if it costs more than the limit's
  /// maximum.
  std::chrono::microseconds retry_after{0};
};

struct Decision {
  bool allowed = true;  ///< by all limits that are not in shadow
  /// How many of `Attempt::times` are charged, or would be charged with `peek`. All or none, unless
  /// the attempt is `partial`.
  std::uint32_t granted = 0;
  /// The error of the session if it is not alive, as auth::session_error returns it. Nothing was
  /// charged then.
  boost::system::error_code session_error{};
  /// One for each limit that counts. Only the denying limit if the denial was answered from memory.
  std::vector<Outcome> outcomes{};
};

/// Returns the strictest outcome for the client: the denial that lasts longest, otherwise the
/// smallest `remaining`. Returns null if all limits are in shadow.
[[nodiscard]] const Outcome* tightest(const Decision& decision) noexcept;

/// Appends `<kind>:<group id>`, and `:<session>` if the counter has one. This name is unique among
/// the counters of one subject: counters of the same subject and name share one state, and no
/// others do.
void append_counter_name(std::string& out, const Identity& identity, const Counter& counter);

/// To write a limiter, override `decide`. It must pass the suites
/// tests/contract/limiter_contract.cpp and limiter_model.cpp.
class BaseLimiter {
 public:
  virtual ~BaseLimiter() = default;
  /// Throws cache::StoreUnavailable if the store fails. The request may have been charged then.
  [[nodiscard]] virtual awaitable<Decision> decide(const Attempt& attempt) = 0;
  /// Returns whether `decide` can check that session in the same step. False by default.
  [[nodiscard]] virtual bool checks(const auth::SessionCheck& session) const noexcept;
};

/// Returns an attempt that counts all rules of `policy` for that identity, regardless of their
/// method, scopes and `per`. For limits of the application's own, such as login attempts for a
/// name.
[[nodiscard]] Attempt attempt(const Policy& policy, Identity identity);

}  // namespace webtool::throttle
