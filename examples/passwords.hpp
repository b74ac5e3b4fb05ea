// Passwords, kept as Argon2id hashes in the usual text form, which has the parameters beside the
// hash: $argon2id$v=19$m=19456,t=2,p=1$salt$hash. Hashing is meant to be slow, so it has threads of
// its own; and only so many may wait for them, since whoever asks for it makes us work hard.
#pragma once

#include <webtool/core/awaitable.hpp>
#include <webtool/core/secret.hpp>

#include <argon2.h>
#include <openssl/rand.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>

#include <array>
#include <atomic>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>

/// What hashing costs: memory in KiB, passes, lanes. The default is OWASP's advice.
struct PasswordCost {
  unsigned memory = 19456, passes = 2, lanes = 1;

  [[nodiscard]] std::string text() const {
    return std::string("m=").append(std::to_string(memory)) + ",t=" + std::to_string(passes) +
           ",p=" + std::to_string(lanes);
  }

  /// From `m=19456,t=2,p=1`.
  static PasswordCost parse(const std::string& text) {
    PasswordCost cost;
    int end = 0;
    const int fields = std::sscanf(text.c_str(), "m=%6u,t=%3u,p=%2u%n", &cost.memory, &cost.passes,
                                   &cost.lanes, &end);
    if (fields != 3 || text != cost.text() || cost.lanes < 1 || cost.passes < 1 ||
        cost.memory < 8 * cost.lanes || end != static_cast<int>(text.size()))
      throw std::invalid_argument("WEBTOOL_PASSWORD_COST is not like m=19456,t=2,p=1");
    return cost;
  }
};

class Passwords {
 public:
  /// Nobody can be served now.
  struct Busy : std::runtime_error {
    Busy() : std::runtime_error("too many passwords are being hashed") {}
  };

  explicit Passwords(PasswordCost cost, unsigned threads = 2, int most_waiting = 100)
      : cost_(cost), most_waiting_(most_waiting), threads_(threads), nobodys_(make("nobody's")) {}
  ~Passwords() { threads_.join(); }

  /// Throws Busy.
  webtool::awaitable<std::string> hash(const webtool::Secret& password) {
    const Turn turn(*this);
    auto work = make_there(password);
    co_return co_await boost::asio::co_spawn(threads_, std::move(work), webtool::use_awaitable);
  }

  /// Without a hash (nobody of that name) this takes the same time, and is false. Throws Busy.
  webtool::awaitable<bool> verify(const webtool::Secret& password, const std::string* hash) {
    const Turn turn(*this);
    auto work = verify_there(password, hash == nullptr ? nobodys_ : *hash);
    const bool same =
        co_await boost::asio::co_spawn(threads_, std::move(work), webtool::use_awaitable);
    co_return same&& hash != nullptr;
  }

  /// Whether the hash was made at another cost than new ones are.
  [[nodiscard]] bool is_outdated(std::string_view hash) const {
    return !hash.starts_with(std::string("$argon2id$v=19$").append(cost_.text()) + "$");
  }

 private:
  using There = boost::asio::thread_pool::executor_type;

  struct Turn {
    explicit Turn(Passwords& in) : passwords(in) {
      if (++passwords.waiting_ > passwords.most_waiting_) {
        --passwords.waiting_;
        throw Busy();
      }
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() { --passwords.waiting_; }
    Passwords& passwords;
  };

  [[nodiscard]] std::string make(std::string_view password) const {
    std::array<unsigned char, 16> salt{};
    if (RAND_bytes(salt.data(), salt.size()) != 1) throw std::runtime_error("no random bytes");
    std::string encoded(
        argon2_encodedlen(cost_.passes, cost_.memory, cost_.lanes, salt.size(), 32, Argon2_id), 0);
    const int failed = argon2id_hash_encoded(cost_.passes, cost_.memory, cost_.lanes,
                                             password.data(), password.size(), salt.data(),
                                             salt.size(), 32, encoded.data(), encoded.size());
    if (failed != ARGON2_OK) throw std::runtime_error(argon2_error_message(failed));
    encoded.resize(encoded.find('\0'));
    return encoded;
  }

  // By value: those who wait may be gone when these end.
  boost::asio::awaitable<std::string, There> make_there(webtool::Secret password) {
    co_return make(password.expose());
  }
  static boost::asio::awaitable<bool, There> verify_there(webtool::Secret password,
                                                          std::string hash) {
    const std::string_view bytes = password.expose();
    co_return argon2id_verify(hash.c_str(), bytes.data(), bytes.size()) == ARGON2_OK;
  }

  const PasswordCost cost_;
  const int most_waiting_;
  std::atomic<int> waiting_ = 0;
  boost::asio::thread_pool threads_;
  const std::string nobodys_;
};
