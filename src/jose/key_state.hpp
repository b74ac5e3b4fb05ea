// The shared state of a Key: its algorithm, its cryptography, and its header text.
#pragma once

#include <memory>
#include <string>

#include <webtool/core/secret.hpp>
#include <webtool/jose/key.hpp>

#include "jose/header.hpp"
#include "jose/key_material.hpp"
#include "jose/primitive.hpp"

namespace webtool::jose {

struct Key::State {
  State(KeyMaterial&& from, Algorithm pinned_to, std::string key_id);

  KeyMaterial material;
  Algorithm algorithm;
  std::string kid;
  bool can_sign;
  HeaderText header;
  std::unique_ptr<const Primitive> primitive;

  /// Writes primitive->signature_size() bytes. Throws std::runtime_error if OpenSSL fails.
  void sign(std::string_view message, unsigned char* out) const;
};

}  // namespace webtool::jose
