// Nothing that anybody can know is ever a secret: keys of every kind in every dress, and file
// names.
#include "jose/secret_text.hpp"

#include <gtest/gtest.h>
#include <openssl/x509.h>
#include <webtool/jose/base64url.hpp>
#include <webtool/jose/key_ring.hpp>

#include <boost/json/serialize.hpp>

#include <functional>
#include <map>
#include <random>
#include <vector>

#include "unit/jose/openssl_keys.hpp"

namespace webtool::jose {
namespace {

using namespace testing;

using Dress = std::function<std::string(const std::string&)>;

std::string base64(const std::string& bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size =
      EVP_EncodeBlock(bytes_of(out), bytes_of(std::string_view(bytes)), int(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

std::string wrapped(const std::string& text, std::size_t width, const std::string& end) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += width) out += text.substr(i, width) + end;
  return out;
}

std::string hex(const std::string& bytes, const std::string& between) {
  std::string out;
  for (const unsigned char c : bytes) {
    out += "0123456789abcdef"[c >> 4];
    out += "0123456789abcdef"[c & 15];
    out += between;
  }
  return out;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

std::string utf16(const std::string& text, bool little) {
  std::string out = little ? "\xff\xfe" : "\xfe\xff";
  for (const char c : text) (out += little ? c : '\0') += little ? '\0' : c;
  return out;
}

std::string percent(const std::string& text) {
  std::string out;
  for (const char c : text)
    out += std::isalnum(static_cast<unsigned char>(c)) ? std::string(1, c) : "%" + hex({c}, "");
  return out;
}

const std::map<std::string, Dress>& dresses() {
  static const std::map<std::string, Dress> all{
      {"plain", [](const auto& t) { return t; }},
      {"BOM", [](const auto& t) { return "\xef\xbb\xbf" + t; }},
      {"blanks around", [](const auto& t) { return "  \r\n\t" + t + " \n\n"; }},
      {"double quotes", [](const auto& t) { return '"' + t + '"'; }},
      {"single quotes and blanks", [](const auto& t) { return " '" + t + "'\n"; }},
      {"Python bytes", [](const auto& t) { return "b'" + replaced(t, "\n", "\\n") + "'"; }},
      {"CRLF", [](const auto& t) { return replaced(t, "\n", "\r\n"); }},
      {"literal \\n", [](const auto& t) { return replaced(t, "\n", "\\n"); }},
      {"JSON in JSON",
       [](const auto& t) {
         return '"' + replaced(replaced(replaced(t, "\"", "\\\""), "/", "\\/"), "\n", "\\\\n") +
                '"';
       }},
      {"one line", [](const auto& t) { return replaced(t, "\n", ""); }},
      {"spaces for lines", [](const auto& t) { return replaced(t, "\n", " "); }},
      {"base64", [](const auto& t) { return base64(t); }},
      {"base64url", [](const auto& t) { return base64url_encode(t); }},
      {"wrapped base64", [](const auto& t) { return wrapped(base64(t), 76, "\r\n"); }},
      {"base64 of base64", [](const auto& t) { return base64(base64(t) + "\n"); }},
      {"base64 with a name", [](const auto& t) { return "PUBLIC_KEY=" + base64(t); }},
      {"data URL", [](const auto& t) { return "data:application/x;base64," + base64(t); }},
      {"hex", [](const auto& t) { return hex(t, ""); }},
      {"hex with colons", [](const auto& t) { return hex(t, ":"); }},
      {"UTF-16LE", [](const auto& t) { return utf16(t, true); }},
      {"UTF-16BE", [](const auto& t) { return utf16(t, false); }},
      {"percent", [](const auto& t) { return percent(t); }},
      {"cut off", [](const auto& t) { return t.substr(0, t.size() - t.size() / 4); }},
      {"more behind", [](const auto& t) { return t + "\nand more"; }},
  };
  return all;
}

std::string ssh_blob(const std::string& type) {
  return std::string("\0\0\0", 3) + static_cast<char>(type.size()) + type +
         std::string("\0\0\0\x20", 4) + std::string(32, 'k');
}

std::string certificate_of(const PkeyPtr& key) {
  const std::unique_ptr<X509, FreedBy<X509_free>> made(X509_new());
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
  X509_set_pubkey(made.get(), key.get());
  X509_sign(made.get(), key.get(), EVP_sha256());
  return written([&](BIO* bio) { return i2d_X509_bio(bio, made.get()); });
}

// Every form a key is handed around in, by name.
std::map<std::string, std::string> forms() {
  std::map<std::string, std::string> all;
  const std::map<std::string, PkeyPtr> keys{{"RSA-2048", rsa(2048)},
                                            {"RSA-3072", rsa(3072)},
                                            {"P-256", ec("P-256")},
                                            {"P-384", ec("P-384")},
                                            {"P-521", ec("P-521")},
                                            {"secp256k1", ec("secp256k1")},
                                            {"Ed25519", of_type("ED25519")},
                                            {"Ed448", of_type("ED448")},
                                            {"X25519", of_type("X25519")},
                                            {"X448", of_type("X448")},
                                            {"explicit", ec_with_explicit_curve()}};
  for (const auto& [name, key] : keys) {
    all[name + " SPKI"] = encoded(key, EVP_PKEY_PUBLIC_KEY, "DER", "SubjectPublicKeyInfo");
    all[name + " PKCS#8"] = encoded(key, EVP_PKEY_KEYPAIR, "DER", "PrivateKeyInfo");
    all[name + " SPKI PEM"] = spki_pem(key);
  }
  for (const char* name : {"RSA-2048", "RSA-3072"}) {
    const auto& key = keys.at(name);
    all[std::string(name) + " PKCS#1 public"] =
        encoded(key, EVP_PKEY_PUBLIC_KEY, "DER", "type-specific");
    all[std::string(name) + " PKCS#1"] = encoded(key, EVP_PKEY_KEYPAIR, "DER", "type-specific");
  }
  all["SEC1"] = encoded(keys.at("P-256"), EVP_PKEY_KEYPAIR, "DER", "type-specific");
  all["certificate RSA"] = certificate_of(keys.at("RSA-2048"));
  all["certificate P-256"] = certificate_of(keys.at("P-256"));
  const Key jwk_key = Key::generate(KeyType::ed25519);
  all["JWK"] = boost::json::serialize(jwk_key.public_jwk());
  all["JWKS"] = boost::json::serialize(KeyRing(jwk_key).public_jwks());
  all["JWK of single quotes"] = replaced(all["JWK"], "\"", "'");
  for (const char* type :
       {"ssh-rsa", "ssh-ed25519", "ssh-dss", "ecdsa-sha2-nistp256", "sk-ssh-ed25519@openssh.com"}) {
    all[std::string(type) + " blob"] = ssh_blob(type);
    const auto line = std::string(type) + " " + base64(ssh_blob(type)) + " me@host";
    all[std::string(type) + " line"] = line;
    all[std::string(type) + " with options"] = "restrict,command=\"x y\" " + line;
  }
  all["RFC 4716"] = "---- BEGIN SSH2 PUBLIC KEY ----\nComment: \"me\"\n" +
                    wrapped(base64(ssh_blob("ssh-rsa")), 70, "\n") +
                    "---- END SSH2 PUBLIC KEY ----";
  all["PGP"] = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQENBF\n-----END PGP PUBLIC KEY BLOCK-----";
  all["PuTTY"] = "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: me\n";
  all["XML"] = "<RSAKeyValue><Modulus>AAAA</Modulus><Exponent>AQAB</Exponent></RSAKeyValue>";
  all["OpenSSH private"] = std::string("openssh-key-v1\0\0\0\0\x04none", 23);
  return all;
}

TEST(SecretText, NoKeyInAnyDressIsASecret) {
  std::size_t tried = 0;
  for (const auto& [form, text] : forms()) {
    for (const auto& [name, dress] : dresses()) {
      // Only a text has lines and quotes; bytes are put on as they are, or encoded.
      const bool binary = text.find('\0') != std::string::npos || text.starts_with('0');
      const bool encodes = name.find("base64") != std::string::npos || name.starts_with("hex") ||
                           name == "data URL" || name == "plain" || name == "cut off";
      if (binary && !encodes) continue;
      const std::string dressed = dress(text);
      try {
        EXPECT_FALSE(Key::load(dressed).is_symmetric()) << form << ", " << name << ": " << dressed;
      } catch (const InvalidKey&) {
      }
      ++tried;
    }
    // As Keycloak shows it: the base64 of the DER, on its own, and in every dress on top.
    for (const auto& [name, dress] : dresses()) {
      try {
        EXPECT_FALSE(Key::load(dress(base64(text))).is_symmetric()) << form << ", base64, " << name;
      } catch (const InvalidKey&) {
      }
      ++tried;
    }
  }
  EXPECT_GT(tried, 1000u);
}

TEST(SecretText, APrivateKeyInReadableDressIsRead) {
  for (const Key& key : {Key::generate(KeyType::ed25519), Key::generate(KeyType::p384)}) {
    for (const char* name : {"plain", "BOM", "blanks around", "double quotes", "Python bytes",
                             "single quotes and blanks", "CRLF", "literal \\n", "one line",
                             "spaces for lines", "UTF-16LE", "UTF-16BE", "more behind"}) {
      const auto& dress = dresses().at(name);
      EXPECT_EQ(Key::load(dress(key.private_pem())).kid(), key.kid()) << name;
      EXPECT_TRUE(Key::load(dress(key.private_pem())).can_sign()) << name;
      EXPECT_FALSE(Key::load(dress(key.public_pem())).can_sign()) << name;
    }
  }
}

std::string refusal(const std::string& text) {
  try {
    (void)Key::load(text);
  } catch (const InvalidKey& error) {
    return error.what();
  }
  return "";
}

TEST(SecretText, AFileNameIsNoSecretAndTheErrorSaysWhatToDo) {
  for (const char* name : {"keys/ed_private_key1.pem",
                           "ed_private_key1.pem",
                           "./x.key",
                           "C:\\keys\\x",
                           "C:/keys/x",
                           "key.pem",
                           "KEY.PEM",
                           "key.pem\n",
                           " \"key.pem\" ",
                           "/etc/ssl/private/app",
                           "/run/secrets/jwt",
                           "~/.ssh/id_ed25519",
                           "~me/key",
                           "file:///x",
                           "file:x",
                           "$HOME/key",
                           "${HOME}/key",
                           "%USERPROFILE%\\key",
                           "../secret",
                           ".\\secret",
                           "\\\\server\\share\\key",
                           "id_rsa",
                           "id_ed25519.pub",
                           "keys/signing",
                           "secrets/jwt",
                           "config/keys/signing.pem.bak",
                           "key.pem~",
                           "https://issuer.example/.well-known/jwks.json",
                           "jwks.json",
                           "my keys/the key.pem",
                           "/app/keys/a.p8",
                           "x.crt",
                           "/home/me/k"}) {
    EXPECT_TRUE(looks_like_file_name(name)) << name;
    EXPECT_NE(refusal(name).find("load_or_make_ed_key"), std::string::npos) << name;
    EXPECT_TRUE(Key::from_secret(name).is_symmetric()) << "the named way in: " << name;
  }
}

TEST(SecretText, HonestSecretsStaySecrets) {
  for (const char* text : {"1234",
                           "your_secret_key",
                           "secret",
                           "hunter12",
                           "correct horse battery staple",
                           "pem",
                           "key",
                           ".pem",
                           "and/or",
                           "a/b/c",
                           "p@ss/w0rd!",
                           "week-end party",
                           "my dog's name: rex",
                           "a.b.c",
                           "0123456789abcdef0123456789abcdef",
                           "ssh-rsa is not what this is",
                           "{curly}, and kty too",
                           "the end of my key",
                           "begin",
                           "--",
                           "-----",
                           "$ecret",
                           "100%",
                           "~",
                           "~tilde",
                           "\\n",
                           "thirty-two random bytes, at least",
                           "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAM=",
                           "MIGHTY_long_secret_that_begins_like_one_but_is_not",
                           "0x1234",
                           "AAAAAAAAAAAAAAAAAAAAAAAAAAAA"})
    EXPECT_EQ(refusal(text), "") << text;
}

// A service that makes its secret anew with every start must not fail once in a thousand.
TEST(SecretText, RandomSecretsAreNeverRefused) {
  std::mt19937_64 random(20240607);
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes(32 + random() % 40, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    for (const auto& text : {bytes, base64(bytes), base64url_encode(bytes), hex(bytes, "")})
      ASSERT_TRUE(!key_material_in(text) && !looks_like_file_name(text)) << text;
  }
}

TEST(SecretText, FromSecretTakesAnythingButPlainKeysAndNothing) {
  const Key key = Key::generate(KeyType::p256);
  const auto der = encoded(ec("P-256"), EVP_PKEY_PUBLIC_KEY, "DER", "SubjectPublicKeyInfo");
  EXPECT_NE(refusal(base64(der)), "");
  EXPECT_TRUE(Key::from_secret(base64(der)).is_symmetric());
  EXPECT_THROW((void)Key::from_secret(""), InvalidKey);
  EXPECT_THROW((void)Key::from_secret(der), InvalidKey);
  EXPECT_THROW((void)Key::from_secret(key.public_pem()), InvalidKey);
  EXPECT_THROW((void)Key::from_secret(boost::json::serialize(key.public_jwk())), InvalidKey);
}

}  // namespace
}  // namespace webtool::jose
