// Passwords are stored as Argon2id hashes in the usual text form, which includes the parameters:
// $argon2id$v=19$m=19456,t=2,p=1$salt$hash. Hashing is intentionally slow, so it has its own
// threads, and only a limited number of requests may wait for them. Every refusal takes the same
// time, so that the time does not reveal whether a name exists, even if stored hashes have
// different costs.
#pragma once

#include <webtool/core/awaitable.hpp>
#include <webtool/core/secret.hpp>

#include <argon2.h>
#include <openssl/rand.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

/// The cost of hashing: memory in KiB, passes, lanes. The default is OWASP's recommendation.
struct PasswordCost {
  unsigned memory = 19456, passes = 2, lanes = 1;

  [[nodiscard]] std::string text() const {
    return std::string("m=").append(std::to_string(memory)) + ",t=" + std::to_string(passes) +
           ",p=" + std::to_string(lanes);
  }

  /// The time of hashing, measured in KiB that one thread fills.
  [[nodiscard]] std::uint64_t work() const { return std::uint64_t{memory} * passes / lanes; }

  /// Parses a text such as `m=19456,t=2,p=1`. Returns nullopt for any other text, or for a cost
  /// that Argon2 does not allow.
  static std::optional<PasswordCost> read(const std::string& text) {
    PasswordCost cost;
    const int fields =
        std::sscanf(text.c_str(), "m=%7u,t=%4u,p=%3u", &cost.memory, &cost.passes, &cost.lanes);
    const bool fits = fields == 3 && text == cost.text() && cost.lanes > 0 && cost.passes > 0 &&
                      cost.memory >= 8 * cost.lanes;
    return fits ? std::optional(cost) : std::nullopt;
  }

  /// Like read, but throws std::invalid_argument.
  static PasswordCost parse(const std::string& text) {
    const auto cost = read(text);
    if (!cost)
      throw std::invalid_argument("WEBTOOL_PASSWORD_COST must have the form m=19456,t=2,p=1");
    return *cost;
  }

  /// True if the cost is lower than OWASP recommends. Passwords of stolen hashes are then cheap to
  /// guess.
  [[nodiscard]] bool is_weak() const {
    return memory < 7168 || std::uint64_t{memory} * passes < 35840;
  }

  /// The cost of a hash, or nullopt if it is not an Argon2id hash.
  static std::optional<PasswordCost> of(const std::string& hash) {
    static constexpr std::string_view start = "$argon2id$v=19$";
    if (!hash.starts_with(start)) return std::nullopt;
    return read(hash.substr(start.size(), hash.find('$', start.size()) - start.size()));
  }

  /// The cost of the remaining work after `done`, or nullopt if it is too small for Argon2.
  [[nodiscard]] std::optional<PasswordCost> less(std::uint64_t done) const {
    PasswordCost rest = *this;
    const auto left = work() - std::min(work(), done);
    rest.memory = static_cast<unsigned>(left * lanes / passes);
    return rest.memory >= 8 * lanes ? std::optional(rest) : std::nullopt;
  }
};

class Passwords {
 public:
  /// Too many requests are waiting.
  struct Busy : std::runtime_error {
    Busy() : std::runtime_error("too many passwords are being hashed") {}
  };

  explicit Passwords(PasswordCost cost, unsigned threads = 2, int max_waiting = 100)
      : cost_(cost),
        max_waiting_(max_waiting),
        threads_(threads),
        dummy_hash_(make("no account", cost)) {}
  ~Passwords() { threads_.join(); }

  /// Throws Busy.
  webtool::awaitable<std::string> hash(const webtool::Secret& password) {
    const Turn turn(*this);
    auto work = make_there(password);
    co_return co_await boost::asio::co_spawn(threads_, std::move(work), webtool::use_awaitable);
  }

  /// Returns false if the password is wrong, or if there is no hash because the name is unknown.
  /// Both take as long as the most expensive hash seen so far. Throws Busy.
  webtool::awaitable<bool> verify(const webtool::Secret& password, const std::string* hash) {
    const Turn turn(*this);
    auto work = verify_there(password, hash == nullptr ? dummy_hash_ : *hash, hash != nullptr);
    co_return co_await boost::asio::co_spawn(threads_, std::move(work), webtool::use_awaitable);
  }

  /// The number of KiB filled so far.
  [[nodiscard]] std::uint64_t work_done() const { return work_done_; }

  /// True if the cost of the hash differs from the cost of new hashes.
  [[nodiscard]] bool is_outdated(std::string_view hash) const {
    return !hash.starts_with(std::string("$argon2id$v=19$").append(cost_.text()) + "$");
  }

 private:
  using There = boost::asio::thread_pool::executor_type;

  struct Turn {
    explicit Turn(Passwords& in) : passwords(in) {
      if (++passwords.waiting_ > passwords.max_waiting_) {
        --passwords.waiting_;
        throw Busy();
      }
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() { --passwords.waiting_; }
    Passwords& passwords;
  };

  [[nodiscard]] std::string make(std::string_view password, const PasswordCost& cost) {
    std::array<unsigned char, 16> salt{};
    if (RAND_bytes(salt.data(), salt.size()) != 1)
      throw std::runtime_error("the system random generator failed");
    std::string encoded(
        argon2_encodedlen(cost.passes, cost.memory, cost.lanes, salt.size(), 32, Argon2_id), 0);
    const int failed = argon2id_hash_encoded(cost.passes, cost.memory, cost.lanes, password.data(),
                                             password.size(), salt.data(), salt.size(), 32,
                                             encoded.data(), encoded.size());
    if (failed != ARGON2_OK) throw std::runtime_error(argon2_error_message(failed));
    work_done_ += cost.work();
    encoded.resize(encoded.find('\0'));
    return encoded;
  }

  // The parameters are values, because the waiting caller may end before these coroutines.
  boost::asio::awaitable<std::string, There> make_there(webtool::Secret password) {
    co_return make(password.expose(), cost_);
  }
  boost::asio::awaitable<bool, There> verify_there(webtool::Secret password, std::string hash,
                                                   bool has_account) {
    const std::string_view bytes = password.expose();
    const auto cost = PasswordCost::of(hash);
    const bool same =
        cost && argon2id_verify(hash.c_str(), bytes.data(), bytes.size()) == ARGON2_OK;
    const auto done = cost ? cost->work() : 0;
    work_done_ += done;
    if (same && has_account) co_return true;
    const auto target = costliest(cost.value_or(cost_));
    if (const auto rest = target.less(done)) (void)make(bytes, *rest);
    co_return false;
  }

  // The most expensive cost seen so far, including `met`.
  PasswordCost costliest(const PasswordCost& met) {
    const std::lock_guard lock(costliest_lock_);
    if (met.work() > costliest_.work()) costliest_ = met;
    return costliest_;
  }

  const PasswordCost cost_;
  std::mutex costliest_lock_;
  PasswordCost costliest_ = cost_;
  std::atomic<std::uint64_t> work_done_ = 0;
  const int max_waiting_;
  std::atomic<int> waiting_ = 0;
  boost::asio::thread_pool threads_;
  const std::string dummy_hash_;
};
