// Bytes that must not leak: passwords, HMAC keys, private PEM texts.
//
// A Secret wipes its memory when it goes, compares in constant time, and has no operator<<, no
// fmt formatter and no implicit conversion: reading it takes a call that can be searched for.
#pragma once

#include <string>
#include <string_view>

namespace webtool {

class Secret {
 public:
  Secret() = default;
  /// Takes a copy of `bytes`; the caller's own copy is the caller's to wipe.
  explicit Secret(std::string_view bytes);
  Secret(const Secret& other);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret other) noexcept;
  ~Secret();

  /// The bytes. Valid as long as this object is neither assigned to nor destroyed.
  [[nodiscard]] std::string_view expose() const noexcept { return bytes_; }
  [[nodiscard]] bool empty() const noexcept { return bytes_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }

  /// Constant time in the contents (not in the length).
  friend bool operator==(const Secret& left, const Secret& right) noexcept;

 private:
  void wipe() noexcept;
  std::string bytes_;
};

/// Compares two byte strings in time that depends on their lengths alone.
[[nodiscard]] bool equal_in_constant_time(std::string_view left, std::string_view right) noexcept;

/// Overwrites `bytes` in a way the compiler may not remove, and empties it.
void wipe(std::string& bytes) noexcept;

}  // namespace webtool
