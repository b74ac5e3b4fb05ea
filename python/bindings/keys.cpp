// webtool.utils: making and loading keys.
#include "keys.hpp"

#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <openssl/crypto.h>

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <webtool/core/secret.hpp>
#include <webtool/utils/keys.hpp>

#include "bindings.hpp"
#include "casters/secrets.hpp"
#include "casters/typed.hpp"
#include "json.hpp"
#include "values.hpp"

namespace webtool::python {
namespace {

using jose::Key;
using jose::KeyType;

KeyType to_curve(std::string_view name,
                 std::initializer_list<std::pair<std::string_view, KeyType>> known) {
  std::string lower(name);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  std::string names;
  for (const auto& [text, type] : known) {
    if (text == lower) return type;
    names += names.empty() ? "" : ", ";
    names += text;
  }
  throw std::invalid_argument("algorithm must be one of " + names);
}

// Making the key needs no Python, so the GIL is released meanwhile.
template <class Make>
Secret make(bool save, const std::optional<Secret>& password, Make make_key) {
  utils::MakeKeyOptions options;
  options.save = save;
  if (password) options.password = password->expose();
  std::string made;
  {
    const nb::gil_scoped_release without_gil;
    made = make_key(options);
  }
  wipe(options.password);
  Secret secret(made);
  wipe(made);
  return secret;
}

Key load(nb::handle key, const std::optional<Secret>& password,
         const std::optional<std::string>& algorithm) {
  jose::KeyOptions options;
  options.password = password ? password->expose() : std::string_view();
  options.algorithm = to_algorithm(algorithm);
  if (nb::isinstance<Key>(key)) return nb::cast<Key>(key);
  if (nb::hasattr(key, "__fspath__"))
    return utils::load_key(nb::cast<std::filesystem::path>(key), options);
  auto bytes = to_bytes(key, "key");
  const Secret text(bytes);
  wipe(bytes);
  return Key::load(text.expose(), options);
}

void bind_key(nb::module_& module) {
  nb::class_<Key>(module, "Key", nb::is_final(),
                  "A loaded and checked key, with its algorithm. See load_key.")
      .def_static(
          "from_secret",
          [](const Secret& secret, const std::optional<std::string>& algorithm) {
            jose::KeyOptions options;
            options.algorithm = to_algorithm(algorithm);
            return Key::from_secret(secret.expose(), options);
          },
          nb::arg("secret"), nb::arg("algorithm") = nb::none(),
          "Returns the key of a symmetric secret that load_key refuses by mistake, because the "
          "secret looks like a file name or an encoded key. Raises InvalidKey for an empty secret "
          "and for plain PEM, JWK, SSH or DER keys.")
      .def_prop_ro(
          "algorithm", [](const Key& key) { return std::string(name(key.algorithm())); },
          "The algorithm, such as 'EdDSA'.")
      .def_prop_ro(
          "kid", [](const Key& key) { return key.kid(); },
          "The key id: the RFC 7638 thumbprint of the key.")
      .def_prop_ro("can_sign", &Key::can_sign, "False for a public key.")
      .def("public_pem", &Key::public_pem, "Returns the public key as PEM.")
      .def(
          "public_jwk", [](const Key& key) { return JsonObject{from_json(key.public_jwk())}; },
          "Returns the public key as JWK.")
      .def("__repr__", [](const Key& key) {
        return "<webtool Key " + std::string(name(key.algorithm())) + " " + key.kid() + ">";
      });
}

}  // namespace

jose::KeyRing to_key_ring(nb::handle secret_key) {
  if (!PyList_Check(secret_key.ptr()) && !PyTuple_Check(secret_key.ptr()))
    return {load(secret_key, std::nullopt, std::nullopt)};
  std::vector<Key> keys;
  for (const nb::handle key : nb::iter(secret_key))
    keys.push_back(load(key, std::nullopt, std::nullopt));
  return jose::KeyRing(std::move(keys));
}

std::optional<jose::Algorithm> to_algorithm(const std::optional<std::string>& name) {
  if (!name) return std::nullopt;
  const auto algorithm = jose::parse_algorithm(*name);
  if (!algorithm) throw std::invalid_argument("algorithm '" + *name + "' is not known");
  return algorithm;
}

void bind_keys(nb::module_& module) {
  bind_key(module);
  module.def(
      "make_ed_key",
      [](std::string_view algorithm, bool save, const std::optional<Secret>& password) {
        const auto curve =
            to_curve(algorithm, {{"ed25519", KeyType::ed25519}, {"ed448", KeyType::ed448}});
        return make(save, password,
                    [&](const auto& options) { return utils::make_ed_key(options, curve); });
      },
      nb::arg("algorithm") = "ed25519", nb::arg("save") = false, nb::arg("password") = nb::none(),
      "Returns a new Ed25519 or Ed448 private key as PEM. `save` also writes the key to a file in "
      "the current folder that only its owner can read. The name is the first free name of "
      "ed_private_key1.pem, ed_private_key2.pem, ... `password` encrypts the key.");
  module.def(
      "make_ec_key",
      [](std::string_view algorithm, bool save, const std::optional<Secret>& password) {
        const auto curve = to_curve(algorithm, {{"es256", KeyType::p256},
                                                {"es256k", KeyType::secp256k1},
                                                {"es384", KeyType::p384},
                                                {"es512", KeyType::p521}});
        return make(save, password,
                    [&](const auto& options) { return utils::make_ec_key(options, curve); });
      },
      nb::arg("algorithm") = "ES256", nb::arg("save") = false, nb::arg("password") = nb::none(),
      "Returns a new private key for ES256, ES384, ES512 or ES256K as PEM. Otherwise like "
      "make_ed_key.");
  module.def(
      "make_rsa_key",
      [](unsigned key_size, bool save, const std::optional<Secret>& password) {
        return make(save, password,
                    [&](const auto& options) { return utils::make_rsa_key(options, key_size); });
      },
      nb::arg("key_size") = 2048, nb::arg("save") = false, nb::arg("password") = nb::none(),
      "Returns a new RSA private key as PEM. Otherwise like make_ed_key.");
  module.def(
      "make_symmetric_key",
      [](unsigned key_bytes, bool save) {
        return make(save, std::nullopt, [&](const auto& options) {
          return utils::make_symmetric_key(options, key_bytes);
        });
      },
      nb::arg("key_bytes") = 32, nb::arg("save") = false,
      "Returns a random secret as base64url text. Otherwise like make_ed_key.");
  module.def(
      "load_key",
      [](const Typed<FileOrKeyType>& key, const std::optional<Secret>& password,
         const std::optional<std::string>& algorithm) {
        return load(key.object, password, algorithm);
      },
      nb::arg("key"), nb::arg("password") = nb::none(), nb::arg("algorithm") = nb::none(),
      "Loads a key from a PEM or from a plain secret, given as str or bytes. A Path means a file "
      "with a PEM or secret; no other user may be able to read the file. Raises InvalidKey.");
  module.def(
      "load_or_make_ed_key",
      [](const Typed<FileType>& file) {
        return utils::load_or_make_ed_key(nb::cast<std::filesystem::path>(file.object));
      },
      nb::arg("file"),
      "Returns the key in `file`. If the file does not exist, makes an Ed25519 key and saves it "
      "there. All processes that start with the same file get the same key, so tokens remain valid "
      "after a restart.");
  // A wheel may contain an OpenSSL of its own, which is not that of Python's ssl.
  module.attr("OPENSSL_VERSION") = OpenSSL_version(OPENSSL_VERSION);
}

}  // namespace webtool::python
