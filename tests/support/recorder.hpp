// An observer that remembers what it was told.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <webtool/core/observer.hpp>

namespace webtool::test {

class Recorder final : public Observer {
 public:
  using Counts = std::map<std::string, int>;

  /// How often what was told since the last call, as "route/rule denied", "route decided",
  /// "token …", "session healed", "store …", "breaker open" or "breaker closed".
  Counts take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(counts_, {});
  }

  std::shared_ptr<LimitObserver> limits(std::string_view route,
                                        const std::vector<std::string>& rules) override {
    return std::make_shared<Route>(*this, std::string(route), rules);
  }
  void token_checked(boost::system::error_code outcome) noexcept override {
    count("token " + (outcome ? outcome.message() : "ok"));
  }
  void session_healed() noexcept override { count("session healed"); }
  void store_asked(boost::system::error_code outcome,
                   std::chrono::nanoseconds took) noexcept override {
    count("store " + (outcome ? outcome.message() : "ok") + (took.count() == 0 ? ", unasked" : ""));
  }
  void breaker_changed(bool open) noexcept override {
    count(open ? "breaker open" : "breaker closed");
  }

 private:
  class Route final : public LimitObserver {
   public:
    Route(Recorder& recorder, std::string route, std::vector<std::string> rules)
        : recorder_(recorder), route_(std::move(route)), rules_(std::move(rules)) {}
    void counted(std::size_t rule, RuleOutcome outcome) noexcept override {
      static constexpr const char* names[] = {"allowed", "denied", "shadow_denied", "store_failed"};
      recorder_.count(route_ + "/" + rules_.at(rule) + " " + names[static_cast<int>(outcome)]);
    }
    void decided(std::chrono::nanoseconds) noexcept override {
      recorder_.count(route_ + " decided");
    }

   private:
    Recorder& recorder_;
    std::string route_;
    std::vector<std::string> rules_;
  };

  void count(const std::string& what) {
    const std::lock_guard lock(mutex_);
    ++counts_[what];
  }

  std::mutex mutex_;
  Counts counts_;
};

}  // namespace webtool::test
