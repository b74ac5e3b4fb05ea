// Memory for JSON texts with private keys. It is overwritten before it is freed.
#pragma once

#include <openssl/crypto.h>
#include <boost/json/memory_resource.hpp>

#include <new>

namespace webtool::jose {

class WipingResource final : public boost::json::memory_resource {
  // Boost.JSON does not always pass the same alignment to both functions. The alignment of `new` is
  // enough.
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
