#include "core/random.hpp"

#include <openssl/rand.h>

#include <random>
#include <stdexcept>

namespace webtool {

void fill_random(std::span<unsigned char> bytes) {
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    throw std::runtime_error("the system random generator failed");
}

double random_chance() {
  thread_local std::minstd_rand random(std::random_device{}());
  return std::generate_canonical<double, 32>(random);
}

}  // namespace webtool
