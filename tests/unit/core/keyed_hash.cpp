// SipHash-1-3 beside OpenSSL's, at every length that ends a block differently.
#include "core/keyed_hash.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <set>
#include <string>

namespace webtool {
namespace {

std::uint64_t of_openssl(const unsigned char (&key)[16], std::string_view bytes) {
  const std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> mac(
      EVP_MAC_fetch(nullptr, "SIPHASH", nullptr), EVP_MAC_free);
  const std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> context(
      EVP_MAC_CTX_new(mac.get()), EVP_MAC_CTX_free);
  unsigned compression = 1, finalization = 3;
  std::size_t size = 8;
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size),
                               OSSL_PARAM_construct_uint(OSSL_MAC_PARAM_C_ROUNDS, &compression),
                               OSSL_PARAM_construct_uint(OSSL_MAC_PARAM_D_ROUNDS, &finalization),
                               OSSL_PARAM_construct_end()};
  unsigned char out[8];
  EXPECT_EQ(EVP_MAC_init(context.get(), key, sizeof key, params), 1);
  EXPECT_EQ(EVP_MAC_update(context.get(), reinterpret_cast<const unsigned char*>(bytes.data()),
                           bytes.size()),
            1);
  EXPECT_EQ(EVP_MAC_final(context.get(), out, &size, sizeof out), 1);
  std::uint64_t number = 0;
  std::memcpy(&number, out, sizeof number);
  return number;
}

TEST(KeyedHash, IsSipHash13) {
  unsigned char key[16];
  for (unsigned i = 0; i < 16; ++i) key[i] = static_cast<unsigned char>(i);
  std::string bytes;
  for (int size = 0; size < 300; ++size) {
    EXPECT_EQ(siphash13(0x0706050403020100, 0x0f0e0d0c0b0a0908, bytes), of_openssl(key, bytes))
        << size;
    bytes += static_cast<char>(size * 7 + 200);
  }
}

TEST(KeyedHash, IsTheProcessesOwn) {
  EXPECT_EQ(keyed_hash("name"), keyed_hash("name"));
  // Of a billion processes, hardly one would have these keys.
  EXPECT_NE(keyed_hash("name"), siphash13(0, 0, "name"));
  EXPECT_NE(keyed_hash("name"), std::hash<std::string_view>{}("name"));
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i)
    seen.insert(keyed_hash(std::string(static_cast<std::size_t>(i), '\0')));
  EXPECT_EQ(seen.size(), 1000u);
}

}  // namespace
}  // namespace webtool
