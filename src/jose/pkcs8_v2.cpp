// Reads PKCS#8 version 2 (RFC 5958 §2), which also contains the public key. Rust's ring writes
// Ed25519 keys in this version, but OpenSSL 3.0 reads only version 1.
#include <openssl/x509.h>

#include "jose/jwk_members.hpp"
#include "jose/key_material.hpp"

namespace webtool::jose {
namespace {

struct Element {
  int tag = -1;
  std::string_view whole{};
  std::string_view content{};
};

Element next(std::string_view& bytes) {
  const unsigned char* at = bytes_of(bytes);
  long size = 0;
  Element element;
  int tag_class = 0;
  const int flags =
      ASN1_get_object(&at, &size, &element.tag, &tag_class, static_cast<long>(bytes.size()));
  const auto head = static_cast<std::size_t>(at - bytes_of(bytes));
  if ((flags & 0x80) != 0 || (flags & 1) != 0) return {};
  if (tag_class == V_ASN1_CONTEXT_SPECIFIC) element.tag |= 0x100;
  element.whole = bytes.substr(0, head + static_cast<std::size_t>(size));
  element.content = element.whole.substr(head);
  bytes.remove_prefix(element.whole.size());
  return element;
}

// In RFC 5958, [1] is the content of a BIT STRING. ring puts a complete BIT STRING inside.
std::string_view public_part(const Element& element) {
  std::string_view bits = element.content;
  if (element.whole.starts_with('\xa1')) bits = next(bits).content;
  return bits.starts_with('\0') ? bits.substr(1) : std::string_view();
}

bool has_public_part(const EVP_PKEY* pkey, std::string_view wanted) {
  std::string raw(128, '\0');
  std::size_t size = raw.size();
  if (EVP_PKEY_get_raw_public_key(pkey, bytes_of(raw), &size) != 1) return true;  // not Edwards
  return std::string_view(raw).substr(0, size) == wanted;
}

}  // namespace

PkeyPtr read_pkcs8_v2(std::string_view der) {
  const Element outer = next(der);
  std::string_view rest = outer.content;
  const Element version = next(rest);
  const Element algorithm = next(rest);
  const Element key = next(rest);
  if (outer.tag != V_ASN1_SEQUENCE || version.whole != std::string_view("\x02\x01\x01", 3) ||
      key.tag != V_ASN1_OCTET_STRING)
    return nullptr;
  Element last;
  while (!rest.empty()) {
    last = next(rest);
    if (last.tag == -1) return nullptr;
  }
  // Rebuilds version 1, without the additions of version 2.
  std::string body("\x02\x01\x00", 3);
  body += algorithm.whole;
  body += key.whole;
  const Wiped content(std::move(body));
  Wiped first(std::string(8, '\0'));
  unsigned char* at = bytes_of(first.bytes);
  ASN1_put_object(&at, 1, static_cast<int>(content.bytes.size()), V_ASN1_SEQUENCE,
                  V_ASN1_UNIVERSAL);
  first.bytes.resize(static_cast<std::size_t>(at - bytes_of(first.bytes)));
  const Wiped whole(first.bytes + content.bytes);
  const unsigned char* start = bytes_of(whole.bytes);
  const std::unique_ptr<PKCS8_PRIV_KEY_INFO, FreedBy<PKCS8_PRIV_KEY_INFO_free>> info(
      d2i_PKCS8_PRIV_KEY_INFO(nullptr, &start, static_cast<long>(whole.bytes.size())));
  PkeyPtr pkey = info ? adopt(EVP_PKCS82PKEY(info.get())) : nullptr;
  if (pkey && last.tag == 0x101 && !has_public_part(pkey.get(), public_part(last)))
    throw InvalidKey("the public part of the PKCS#8 key does not match its private part");
  return pkey;
}

}  // namespace webtool::jose
