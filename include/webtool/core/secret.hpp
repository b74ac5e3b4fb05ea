// Bytes that must not leak: passwords, HMAC keys, private PEM texts.
//
// A Secret wipes its memory in its destructor and compares in constant time. It has no operator<<,
// no fmt formatter and no implicit conversion, so every read is a call of expose(), which is easy
// to search for.
#pragma once

#include <string>
#include <string_view>

namespace webtool {

class Secret {
 public:
  Secret() = default;
  /// Copies `bytes`. The caller must wipe the original.
  explicit Secret(std::string_view bytes);
  Secret(const Secret& other);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret other) noexcept;
  ~Secret();

  /// The bytes. They are valid until this object is assigned to or destroyed.
  [[nodiscard]] std::string_view expose() const noexcept { return bytes_; }
  [[nodiscard]] bool empty() const noexcept { return bytes_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }

  /// Constant time in the contents (not in the length).
  friend bool operator==(const Secret& left, const Secret& right) noexcept;

 private:
  void wipe() noexcept;
  std::string bytes_;
};

/// Compares two byte strings. The time depends only on their lengths.
[[nodiscard]] bool equal_in_constant_time(std::string_view left, std::string_view right) noexcept;

/// Overwrites and empties `bytes`. The compiler cannot remove the overwrite.
void wipe(std::string& bytes) noexcept;

}  // namespace webtool
