// Making keys in one line, as the getting-started page shows: `make_ed_key({.save = true})`.
// A thin face of jose/.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <webtool/jose/key.hpp>

namespace webtool::utils {

struct MakeKeyOptions {
  /// Writes the PEM to the first free name of `ed_private_key1.pem`, `…2.pem`, … (`ec_`, `rsa_`,
  /// `symmetric_` for the others) in `directory`: mode 0600, never overwriting, never through a
  /// link.
  bool save = false;
  std::filesystem::path directory = ".";
  /// Encrypts the PEM (PKCS#8, AES-256-CBC) when not empty.
  std::string password{};
};

/// Each gives the private key as PKCS#8 PEM and throws jose::InvalidKey for a kind or size it does
/// not make, std::system_error where the file cannot be written.
/// `curve`: ed25519 or ed448.
[[nodiscard]] std::string make_ed_key(const MakeKeyOptions& options = {},
                                      jose::KeyType curve = jose::KeyType::ed25519);
/// `curve`: p256, p384, p521 or secp256k1.
[[nodiscard]] std::string make_ec_key(const MakeKeyOptions& options = {},
                                      jose::KeyType curve = jose::KeyType::p256);
[[nodiscard]] std::string make_rsa_key(const MakeKeyOptions& options = {}, unsigned bits = 2048);
/// A random secret as base64url text (so that it survives environment variables and files);
/// `bytes` of randomness, at least 32. `password` does not apply and is refused.
[[nodiscard]] std::string make_symmetric_key(const MakeKeyOptions& options = {},
                                             unsigned bytes = 64);

/// Reads a key file: a PEM, or the text of a symmetric secret (one trailing newline is dropped).
/// A file is refused that others can read or change: one of another user than the process's or
/// root, one with rights for all users, one that its group can change, or read where it is not
/// root's. Throws jose::InvalidKey, or std::system_error where it cannot be read.
[[nodiscard]] jose::Key load_key(const std::filesystem::path& file,
                                 const jose::KeyOptions& options = {});

/// load_key, after making an Ed25519 key there if there is no such file: for a service that is to
/// start without ceremony and to know its tokens after a restart. Of several processes or threads
/// that start at once, all end up with the same key.
[[nodiscard]] jose::Key load_or_make_ed_key(const std::filesystem::path& file);

}  // namespace webtool::utils
