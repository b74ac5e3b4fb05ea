// Memory for JSON texts with private keys. It is overwritten before it is freed.
#pragma once

#include <openssl/crypto.h>
#include <boost/json/storage_ptr.hpp>

#include <new>
#include <type_traits>
#include <utility>

namespace webtool::jose {

// The name of this class depends on the version of Boost.
using MemoryResource =
    std::remove_pointer_t<decltype(std::declval<boost::json::storage_ptr>().get())>;

class WipingResource final : public MemoryResource {
  // Boost.JSON does not always pass the same alignment to both functions. The alignment of `new` is
  // enough.
  void* do_allocate(std::size_t size, std::size_t /*alignment*/) override {
    return ::operator new(size);
  }
  void do_deallocate(void* memory, std::size_t size, std::size_t /*alignment*/) override {
    OPENSSL_cleanse(memory, size);
    ::operator delete(memory);
  }
  bool do_is_equal(const MemoryResource& other) const noexcept override { return this == &other; }
};

}  // namespace webtool::jose
