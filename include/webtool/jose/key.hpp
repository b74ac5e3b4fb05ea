// A signing or verification key, pinned to one algorithm for its whole life.
//
// All parsing, fetching and checking happens here, at construction; a Key that exists works.
// Copies are cheap and share the same immutable key; any number of threads may use one.
#pragma once

#include <boost/json/object.hpp>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <webtool/jose/algorithm.hpp>

namespace webtool::jose {

/// Misuse of a key: it is malformed, too weak, or does not fit the algorithm. The text names the
/// fault and never the key.
class InvalidKey : public std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

/// What `generate` can make.
enum class KeyType { ed25519, ed448, p256, p384, p521, secp256k1 };

struct KeyOptions {
  /// Opens an encrypted PEM. Given for one that is not encrypted, it is ignored.
  std::string_view password{};
  /// Pins the key to this algorithm; it must fit the key. Default: chosen by the key (secret bytes
  /// < 48 HS256, < 64 HS384, else HS512; RSA bits < 3072 RS256, < 4096 RS384, else RS512; EC and
  /// Edwards keys by their curve).
  std::optional<Algorithm> algorithm{};
};

class Key {
 public:
  /// PEM if `text` holds one (string or bytes alike; also in quotes, with `\n` for line ends, on
  /// one line, with a byte order mark or as UTF-16), otherwise a symmetric secret of those bytes.
  /// Throws InvalidKey, also for key material in any other dress (JWK, SSH, DER, certificates; in
  /// base64, in hex, escaped, cut off, …), since the text of a public key is no secret, and for a
  /// text that looks like the name of a file or a URL. Raw public keys (the 32 bytes of an Ed25519
  /// key) cannot be told from secrets.
  static Key load(std::string_view text, const KeyOptions& options = {});
  /// A private (PKCS#8, PKCS#1, SEC1; plain or encrypted) or public (SPKI) PEM. Throws InvalidKey,
  /// also for RSA below 2048 bits, unknown curves, points off the curve, wrong passwords, and more
  /// than one key in the text.
  static Key from_pem(std::string_view pem, const KeyOptions& options = {});
  /// A JWK (RFC 7517): kty oct, RSA, EC or OKP. `use`, `key_ops` and `alg`, where present, must
  /// allow what the key is for. A `kid` in the JWK, of at most 128 bytes, is kept. An oct key must
  /// be as long as its algorithm's hash (RFC 7518 §3.2). Throws InvalidKey.
  static Key from_jwk(const boost::json::object& jwk, const KeyOptions& options = {});
  static Key from_jwk(std::string_view json, const KeyOptions& options = {});
  /// A symmetric secret. Empty is refused; one shorter than RFC 7518 §3.2 asks for is accepted
  /// with a warning in the log, once a key. Takes a secret that load refuses by mistake, because it
  /// looks like a file's name or like a key in another encoding; a PEM, JWK, SSH or DER key as it
  /// stands is refused here too.
  static Key from_secret(std::string_view bytes, const KeyOptions& options = {});

  static Key generate(KeyType type);
  /// Throws InvalidKey below 2048 or above 16384 bits.
  static Key generate_rsa(unsigned bits = 2048);
  /// A random secret of `bytes` bytes; at least 32.
  static Key generate_symmetric(unsigned bytes = 64);

  /// The same key pinned to another algorithm that fits it. Throws InvalidKey where it does not.
  [[nodiscard]] Key with_algorithm(Algorithm algorithm) const;

  [[nodiscard]] Algorithm algorithm() const noexcept;
  /// The JWK's own `kid`; else the RFC 7638 SHA-256 thumbprint, for a secret shortened to 16 bytes
  /// so that it cannot confirm a guess of the whole.
  [[nodiscard]] const std::string& kid() const noexcept;
  [[nodiscard]] bool is_symmetric() const noexcept;
  /// False for a public key.
  [[nodiscard]] bool can_sign() const noexcept;

  /// Appends the raw signature (JWS form: R‖S for ECDSA) of `message` to `out`.
  /// Throws InvalidKey for a public key.
  void sign(std::string_view message, std::string& out) const;
  /// True if `signature` is this key's over `message`. Never throws on bad input.
  [[nodiscard]] bool verify(std::string_view message, std::string_view signature) const noexcept;

  /// PKCS#8 PEM of the private key, AES-256-CBC encrypted when `password` is not empty.
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
