// Memory for JSON texts that hold private keys: what is given back is overwritten first.
#pragma once

#include <openssl/crypto.h>
#include <boost/json/memory_resource.hpp>

#include <new>

namespace webtool::jose {

class WipingResource final : public boost::json::memory_resource {
  // Boost.JSON does not always name the same alignment for both; what `new` gives is enough for it.
  void* do_allocate(std::size_t size, std::size_t /*alignment*/) override {
    return ::operator new(size);
  }
  void do_deallocate(void* memory, std::size_t size, std::size_t /*alignment*/) override {
    OPENSSL_cleanse(memory, size);
    ::operator delete(memory);
  }
  bool do_is_equal(const boost::json::memory_resource& other) const noexcept override {
    return this == &other;
  }
};

}  // namespace webtool::jose
