#include <webtool/core/secret.hpp>

#include <openssl/crypto.h>

#include <utility>

namespace webtool {

void wipe(std::string& bytes) noexcept {
  // Wipes the whole capacity, because the memory may contain an earlier, longer value.
  bytes.resize(bytes.capacity());
  OPENSSL_cleanse(bytes.data(), bytes.size());
  bytes.clear();
}

bool equal_in_constant_time(std::string_view left, std::string_view right) noexcept {
  return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

Secret::Secret(std::string_view bytes) : bytes_(bytes) {}

Secret::Secret(const Secret& other) = default;

// A short string is stored inside the object, so a plain move would leave its bytes there.
Secret::Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) {
  other.wipe();
}

Secret& Secret::operator=(Secret other) noexcept {
  bytes_.swap(other.bytes_);
  return *this;
}

Secret::~Secret() {
  wipe();
}

void Secret::wipe() noexcept {
  webtool::wipe(bytes_);
}

bool operator==(const Secret& left, const Secret& right) noexcept {
  return equal_in_constant_time(left.bytes_, right.bytes_);
}

}  // namespace webtool
