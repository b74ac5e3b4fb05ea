// The port that decides: check all limits of a request, then charge all of them or none, as one
// atomic step. What is denied costs nothing.
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

/// Who is charged. The kind keeps users, addresses and an application's own kinds apart.
struct Identity {
  std::string_view kind;     ///< "user", "ip", or of your own: lower-case letters
  std::string_view subject;  ///< any bytes
};

/// One group's state for the identity; for an anonymous session of an address, its own.
struct Counter {
  const Group* group = nullptr;
  std::string_view session{};
};

/// One request, as it is to be decided. What it points to must live until the decision is made.
struct Attempt {
  Identity identity{};
  std::vector<Counter> counters{};
  RuleSet rules = ~RuleSet{0};  ///< those that count it
  std::uint32_t times = 1;  ///< each rule's cost is charged so many times over; 0 charges nothing
  bool partial = false;     ///< charge as many of `times` as there is room for, if at least one
  bool peek = false;        ///< charge nothing, only say what would be
  /// A session that must be found alive in the same step, or nothing is decided or charged. Only
  /// for a limiter that `checks` it.
  const auth::SessionCheck* session = nullptr;
};

/// What one limit says.
struct Outcome {
  static constexpr std::chrono::microseconds never = std::chrono::microseconds::max();

  const Limit* limit = nullptr;
  bool allowed = true;
  std::uint32_t remaining = 0;  ///< requests of cost 1 that are left, after this one
  /// Until there is more left than now; 0 where all is.
  std::chrono::microseconds reset{0};
  /// Until the same would be allowed; `never` where it costs more than the limit ever has.
  std::chrono::microseconds retry_after{0};
};

struct Decision {
  bool allowed = true;  ///< by all limits but those in shadow
  /// How many of `Attempt::times` are charged, or would be with `peek`: all of them or none, unless
  /// the attempt is `partial`.
  std::uint32_t granted = 0;
  /// Why the session to be checked is not alive, as auth::session_error has it; nothing was charged
  /// then.
  boost::system::error_code session_error{};
  /// One for each limit that counts; only the limit that denies, where that is known without
  /// asking.
  std::vector<Outcome> outcomes{};
};

/// The outcome that binds the client most: the denial that lasts longest, or else the least that
/// remains. Null where all limits are in shadow.
[[nodiscard]] const Outcome* tightest(const Decision& decision) noexcept;

/// Appends the name of a counter among those of its identity's subject: the kind and the group's id
/// with a ":" between, and a ":" and the session if the counter has one. Counters of the same
/// subject and the same name share one state, and no others do.
void append_counter_name(std::string& out, const Identity& identity, const Counter& counter);

/// To bring a limiter of your own, override `decide`; tests/contract/limiter_contract.cpp and
/// limiter_model.cpp are the suites it must pass.
class BaseLimiter {
 public:
  virtual ~BaseLimiter() = default;
  /// Throws cache::StoreUnavailable where the store fails; the request may have been charged then.
  [[nodiscard]] virtual awaitable<Decision> decide(const Attempt& attempt) = 0;
  /// Whether it can look after that session in the same step.
  [[nodiscard]] virtual bool checks(const auth::SessionCheck& session) const noexcept;
};

/// All rules of `policy` for that identity, whatever their method, scopes and `per`: for limits of
/// the application's own, such as attempts to log in under a name.
[[nodiscard]] Attempt attempt(const Policy& policy, Identity identity);

}  // namespace webtool::throttle
