// A signing or verification key, bound to one algorithm for its whole lifetime.
//
// Construction does all parsing, fetching and checking, so every existing Key works. Copies are
// cheap and share the same immutable key. Any number of threads may use one Key.
#pragma once

#include <boost/json/object.hpp>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <webtool/jose/algorithm.hpp>

namespace webtool::jose {

/// A key is malformed, too weak, or does not fit the algorithm. The text describes the fault and
/// never contains key material.
class InvalidKey : public std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

/// The kinds of key that `generate` supports.
enum class KeyType { ed25519, ed448, p256, p384, p521, secp256k1 };

struct KeyOptions {
  /// The password of an encrypted PEM. It is ignored if the PEM is not encrypted.
  std::string_view password{};
  /// Binds the key to this algorithm, which must fit the key. By default the key determines the
  /// algorithm (secret bytes < 48 HS256, < 64 HS384, else HS512; RSA bits < 3072 RS256, < 4096
  /// RS384, else RS512; for EC and Edwards keys the curve decides).
  std::optional<Algorithm> algorithm{};
};

class Key {
 public:
  /// Reads a PEM if `text` contains one (also in quotes, with `\n` for line ends, on one line, with
  /// a byte order mark or as UTF-16). Any other text is a symmetric secret of those bytes.
  /// Throws InvalidKey, also for key material in any other form (JWK, SSH, DER, certificates; in
  /// base64, in hex, escaped, cut off, …), because the text of a public key is not secret, and for
  /// a text that looks like a file name or a URL. Raw public keys (the 32 bytes of an Ed25519 key)
  /// cannot be distinguished from secrets.
  static Key load(std::string_view text, const KeyOptions& options = {});
  /// Reads a private (PKCS#8, PKCS#1, SEC1; plain or encrypted) or public (SPKI) PEM. Throws
  /// InvalidKey, also for RSA keys below 2048 bits, unknown curves, points that are not on the
  /// curve, wrong passwords, and a text with more than one key.
  static Key from_pem(std::string_view pem, const KeyOptions& options = {});
  /// Reads a JWK (RFC 7517) of kty oct, RSA, EC or OKP. If `use`, `key_ops` or `alg` are present,
  /// they must allow the use of the key. A `kid` in the JWK, of at most 128 bytes, is kept. An oct
  /// key must be at least as long as its algorithm's hash (RFC 7518 §3.2). Throws InvalidKey.
  static Key from_jwk(const boost::json::object& jwk, const KeyOptions& options = {});
  static Key from_jwk(std::string_view json, const KeyOptions& options = {});
  /// A symmetric secret. An empty secret is refused. A secret shorter than RFC 7518 §3.2 requires
  /// is accepted, with one warning per key in the log. Use this function for a secret that load
  /// refuses because it looks like a file name or like a key in another encoding. An unencoded PEM,
  /// JWK, SSH or DER key is refused here too.
  static Key from_secret(std::string_view bytes, const KeyOptions& options = {});

  static Key generate(KeyType type);
  /// Throws InvalidKey if `bits` is below 2048 or above 16384.
  static Key generate_rsa(unsigned bits = 2048);
  /// A random secret of `bytes` bytes. Throws InvalidKey if `bytes` is below 32.
  static Key generate_symmetric(unsigned bytes = 64);

  /// The same key bound to another algorithm. Throws InvalidKey if the algorithm does not fit the
  /// key.
  [[nodiscard]] Key with_algorithm(Algorithm algorithm) const;

  [[nodiscard]] Algorithm algorithm() const noexcept;
  /// The `kid` of the JWK, or else the RFC 7638 SHA-256 thumbprint. The thumbprint of a secret is
  /// shortened to 16 bytes so that it cannot confirm a guess of the whole secret.
  [[nodiscard]] const std::string& kid() const noexcept;
  [[nodiscard]] bool is_symmetric() const noexcept;
  /// False for a public key.
  [[nodiscard]] bool can_sign() const noexcept;

  /// Appends the raw signature (JWS form: R‖S for ECDSA) of `message` to `out`.
  /// Throws InvalidKey for a public key.
  void sign(std::string_view message, std::string& out) const;
  /// True if `signature` is this key's signature of `message`. Never throws on bad input.
  [[nodiscard]] bool verify(std::string_view message, std::string_view signature) const noexcept;

  /// PKCS#8 PEM of the private key, encrypted with AES-256-CBC if `password` is not empty.
  /// Throws InvalidKey for public and symmetric keys.
  [[nodiscard]] std::string private_pem(std::string_view password = {}) const;
  /// SPKI PEM. Throws InvalidKey for a symmetric key.
  [[nodiscard]] std::string public_pem() const;
  /// The public members, with `use`, `alg` and `kid`. Throws InvalidKey for a symmetric key.
  [[nodiscard]] boost::json::object public_jwk() const;

  /// Owned by src/jose; not part of the interface.
  struct State;
  [[nodiscard]] const State& state() const noexcept { return *state_; }

 private:
  explicit Key(std::shared_ptr<const State> state) noexcept;
  std::shared_ptr<const State> state_;
};

}  // namespace webtool::jose
