// Each thread caches OpenSSL contexts, ready to sign or verify, for the keys that it used last.
//
// A new context costs microseconds (fetches, locks), and two threads must not use the same context.
// The size of the cache is limited. A miss also removes the contexts of destroyed keys.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <utility>

#include "jose/openssl.hpp"

namespace webtool::jose {

enum class Operation : std::uint8_t { sign, verify };

/// Identifies a key. Unlike an address, an id is never reused while the process runs.
class ContextKey {
 public:
  ContextKey();
  [[nodiscard]] std::uint64_t id() const noexcept { return *id_; }
  [[nodiscard]] std::weak_ptr<const std::uint64_t> watch() const noexcept { return id_; }

 private:
  std::shared_ptr<const std::uint64_t> id_;
};

template <class ContextPtr>
class ThreadContexts {
 public:
  /// This thread's context for `key`. If there is none, `make()` creates it. Returns null if `make`
  /// returns null.
  template <class Make>
  static auto get(const ContextKey& key, Operation operation, const Make& make) noexcept {
    thread_local ThreadContexts contexts;
    for (auto& slot : contexts.slots_) {
      if (slot.id == key.id() && slot.operation == operation) return slot.context.get();
    }
    Slot& slot = contexts.vacate();
    if (ContextPtr made = make()) {
      slot = Slot{key.id(), operation, key.watch(), std::move(made)};
    }
    return slot.context.get();
  }

 private:
  struct Slot {
    std::uint64_t id = 0;  // 0 means no key
    Operation operation{};
    std::weak_ptr<const std::uint64_t> key{};
    ContextPtr context{};
  };

  Slot& vacate() noexcept {
    Slot* vacant = nullptr;
    for (auto& slot : slots_) {
      if (slot.key.expired()) {
        slot = Slot{};
        vacant = &slot;
      }
    }
    if (vacant == nullptr) {
      vacant = &slots_[next_++ % slots_.size()];
      *vacant = Slot{};
    }
    return *vacant;
  }

  std::array<Slot, 16> slots_{};
  std::size_t next_ = 0;
};

}  // namespace webtool::jose
