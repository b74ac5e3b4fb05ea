// Generates a key in one line, such as `make_ed_key({.save = true})`, and reads key files. The keys
// themselves are in jose/.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <webtool/jose/key.hpp>

namespace webtool::utils {

struct MakeKeyOptions {
  /// Writes the PEM to the first free name of `ed_private_key1.pem`, `…2.pem`, … (`ec_`, `rsa_`,
  /// `symmetric_` for the other kinds) in `directory`. The file has mode 0600. Never overwrites a
  /// file and never follows a link.
  bool save = false;
  std::filesystem::path directory = ".";
  /// Encrypts the PEM (PKCS#8, AES-256-CBC) if not empty.
  std::string password{};
};

/// These functions return the private key as PKCS#8 PEM. They throw jose::InvalidKey for an
/// unsupported kind or size, and std::system_error if the file cannot be written.
/// `curve`: ed25519 or ed448.
[[nodiscard]] std::string make_ed_key(const MakeKeyOptions& options = {},
                                      jose::KeyType curve = jose::KeyType::ed25519);
/// `curve`: p256, p384, p521 or secp256k1.
[[nodiscard]] std::string make_ec_key(const MakeKeyOptions& options = {},
                                      jose::KeyType curve = jose::KeyType::p256);
[[nodiscard]] std::string make_rsa_key(const MakeKeyOptions& options = {}, unsigned bits = 2048);
/// A random secret of `bytes` bytes (32 to 1024) as base64url text, which is safe in environment
/// variables and files. A `password` is refused.
[[nodiscard]] std::string make_symmetric_key(const MakeKeyOptions& options = {},
                                             unsigned bytes = 64);

/// Reads a key file: a PEM, or the text of a symmetric secret (one trailing newline is dropped).
/// Refuses a file that others can read or change. The file must belong to the process's user or to
/// root, give no rights to all users, and not be writable by its group. The group may read the file
/// only if it belongs to root. Throws jose::InvalidKey, or std::system_error if the file cannot be
/// read.
[[nodiscard]] jose::Key load_key(const std::filesystem::path& file,
                                 const jose::KeyOptions& options = {});

/// Like load_key, but first generates an Ed25519 key if the file does not exist. A service can then
/// start without preparation and accept its tokens after a restart. Several processes or threads
/// that start at the same time all get the same key.
[[nodiscard]] jose::Key load_or_make_ed_key(const std::filesystem::path& file);

}  // namespace webtool::utils
