#include "jose/secret_text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "jose/der_shape.hpp"
#include "jose/jwk_members.hpp"

namespace webtool::jose {
namespace {

using Found = std::optional<std::string>;

// The deepest known nesting is a PEM in base64 in quotes in base64.
constexpr int max_depth = 4;
// The minimum length of a base64 text that can contain a key.
constexpr std::size_t min_encoded_size = 24;

bool is_blank(char c) noexcept {
  return c == ' ' || (c >= '\t' && c <= '\r') || c == '\0';
}

bool holds(std::string_view text, std::string_view part) noexcept {
  return text.find(part) != std::string_view::npos;
}

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Accepts both alphabets of base64.
int base64_value(char c) noexcept {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  return c == '/' || c == '_' ? 63 : -1;
}

std::string without_blanks(std::string_view text) {
  std::string out;
  std::remove_copy_if(text.begin(), text.end(), std::back_inserter(out), is_blank);
  return out;
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c & ~0x20);
  return out;
}

// ── encodings: each function returns the decoded text, or an empty or useless text ──

std::string from_base64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string out;
  if (text.size() < min_encoded_size) return out;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    const int value = base64_value(c);
    if (value < 0) return {};
    bits = (bits << 6 | static_cast<unsigned>(value)) & 0xffffU;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> count & 0xffU);
  }
  return out;
}

// Also reads 0x30,0x2a and 30:2a.
std::string from_hex(std::string_view text) {
  std::string out;
  int high = -1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ':' || c == ',' || is_blank(c)) continue;
    if (c == '0' && high < 0 && i + 1 < text.size() && (text[i + 1] | 0x20) == 'x') {
      ++i;
      continue;
    }
    const int value = hex_value(c);
    if (value < 0) return {};
    if (high >= 0) out += static_cast<char>(high * 16 + value);
    high = high >= 0 ? -1 : value;
  }
  return out;
}

std::string from_percent(std::string_view text) {
  std::string out;
  bool found = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
                        hex_value(text[i + 2]) >= 0;
    out +=
        escape ? static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])) : text[i];
    if (escape) i += 2;
    found = found || escape;
  }
  return found ? out : std::string();
}

// Reads UTF-16 of ASCII text: every second byte is zero.
std::string from_utf16(std::string_view bytes) {
  const bool marked = bytes.starts_with("\xff\xfe") || bytes.starts_with("\xfe\xff");
  if (marked) bytes.remove_prefix(2);
  if (bytes.size() < 8) return {};
  const std::size_t zero = bytes[0] == '\0' ? 0 : 1;
  std::string out;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    if (bytes[i + zero] != '\0') return {};
    out += bytes[i + 1 - zero];
  }
  return out;
}

// ── forms that are recognised without decoding ──

bool is_ssh_blob(std::string_view bytes) noexcept {
  if (bytes.starts_with("openssh-key-v1")) return true;
  if (bytes.size() < 8 || bytes.substr(0, 3) != std::string_view("\0\0\0", 3)) return false;
  const auto name = bytes.substr(4, static_cast<unsigned char>(bytes[3]));
  for (const std::string_view start : {"ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-", "x509v3-"})
    if (name.starts_with(start)) return true;
  return false;
}

// Recognises "-----BEGIN", "---- END SSH2", and a label that has lost its dashes, but not
// "week-end".
bool is_armoured(std::string_view text) {
  const std::string capitals = upper(text);
  const std::string_view all = capitals;
  for (const std::string_view word : {"BEGIN", "END"}) {
    for (std::size_t at = all.find(word); at != std::string_view::npos;
         at = all.find(word, at + 1)) {
      std::string_view before = all.substr(0, at);
      while (before.ends_with(' ')) before.remove_suffix(1);
      if (before.ends_with("--")) return true;
      const std::string_view label = all.substr(std::min(all.size(), at + word.size() + 1));
      for (const std::string_view known :
           {"PUBLIC KEY", "PRIVATE KEY", "RSA PUBLIC", "RSA PRIVATE", "EC PRIVATE", "CERTIFICATE",
            "ENCRYPTED PRIVATE", "OPENSSH PRIVATE", "PGP PUBLIC", "PGP PRIVATE", "SSH2 PUBLIC"})
        if (word == "BEGIN" && label.starts_with(known)) return true;
    }
  }
  return false;
}

// True if `name` is a member: in single, double or no quotes (YAML), and with a colon after it.
bool has_member(std::string_view text, std::string_view name) noexcept {
  for (std::size_t at = text.find(name); at != std::string_view::npos;
       at = text.find(name, at + 1)) {
    const bool starts = at == 0 || !(base64_value(text[at - 1]) >= 0);
    std::size_t end = at + name.size();
    while (end < text.size() && (is_blank(text[end]) || text[end] == '"' || text[end] == '\''))
      ++end;
    if (starts && end < text.size() && text[end] == ':') return true;
  }
  return false;
}

bool is_jwk(std::string_view text) noexcept {
  if (has_member(text, "kty") || has_member(text, "x5c")) return true;
  if (!text.starts_with('{') && !text.starts_with('[')) return false;
  return has_member(text, "keys") || has_member(text, "crv") ||
         (has_member(text, "n") && has_member(text, "e"));
}

Found search(std::string_view bytes, int depth);

Found search_decoded(std::string decoded, int depth) {
  const Wiped bytes(std::move(decoded));
  return bytes.bytes.empty() ? std::nullopt : search(bytes.bytes, depth + 1);
}

// Searches the words of a line, as in "ssh-ed25519 AAAA… me@host" or "key=MII…".
Found search_words(std::string_view text, int depth) {
  for (std::size_t start = 0; start < text.size();) {
    std::size_t end = start;
    while (end < text.size() && base64_value(text[end]) >= 0) ++end;
    if (end - start < text.size())
      if (auto found = search_decoded(from_base64(text.substr(start, end - start)), depth))
        return found;
    start = end + 1;
  }
  return std::nullopt;
}

Found search(std::string_view bytes, int depth) {
  if (depth > max_depth) return std::nullopt;
  if (auto plain = plain_key_material(bytes)) return plain;
  const Wiped plain(undressed(bytes));
  const std::string_view text = plain.bytes;
  if (is_armoured(text)) return "a PEM";
  if (is_jwk(text)) return "a JWK";
  if (holds(text, "PuTTY-User-Key-File")) return "a PuTTY key";
  if (holds(text, "KeyValue>")) return "a key in XML";
  if (auto found = search_decoded(from_hex(text), depth)) return found;
  const Wiped joined(without_blanks(text));
  if (auto found = search_decoded(from_base64(joined.bytes), depth)) return found;
  if (auto found = search_words(text, depth)) return found;
  return search_decoded(from_percent(text), depth);
}

bool strip_around(std::string_view& text) noexcept {
  const std::size_t before = text.size();
  for (const std::string_view mark : {"\xef\xbb\xbf", "\xe2\x80\x8b", "\xc2\xa0"}) {
    if (text.starts_with(mark)) text.remove_prefix(mark.size());
    if (text.ends_with(mark)) text.remove_suffix(mark.size());
  }
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  if (text.starts_with("b'") || text.starts_with("b\"")) text.remove_prefix(1);
  for (const char quote : {'"', '\'', '`'}) {
    if (text.size() < 2 || text.front() != quote || text.back() != quote) continue;
    text.remove_prefix(1);
    text.remove_suffix(1);
  }
  return text.size() != before;
}

// Decodes backslash escapes, also doubled ones, of the characters in a key's text.
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    std::size_t at = i;
    while (at < text.size() && text[at] == '\\') ++at;
    const char escaped = at < text.size() ? text[at] : '\0';
    const bool code = escaped == 'u' && at + 4 < text.size() && text.substr(at + 1, 2) == "00" &&
                      hex_value(text[at + 3]) >= 0 && hex_value(text[at + 4]) >= 0;
    if (code) {
      out += static_cast<char>(hex_value(text[at + 3]) * 16 + hex_value(text[at + 4]));
      at += 4;
    } else if (escaped == 'n') {
      out += '\n';
    } else if (escaped == '"' || escaped == '\'' || escaped == '/') {
      out += escaped;
    } else if (escaped != 'r' && escaped != '\n' && escaped != '\r') {
      out += text.substr(i, at - i);
      --at;
    }
    i = at;
  }
  return out;
}

}  // namespace

std::string_view trimmed(std::string_view text) noexcept {
  while (strip_around(text)) {
  }
  return text;
}

std::string undressed(std::string_view text) {
  const Wiped narrow(from_utf16(text));
  if (!narrow.bytes.empty()) text = narrow.bytes;
  text = trimmed(text);
  return holds(text, "\\") ? unescaped(text) : std::string(text);
}

std::optional<std::string> key_material_in(std::string_view bytes) {
  return search(bytes, 0);
}

std::optional<std::string> plain_key_material(std::string_view bytes) {
  if (const auto shape = der_key_shape(bytes)) return std::string(*shape);
  if (is_ssh_blob(bytes)) return "an OpenSSH key";
  if (holds(bytes, "-----BEGIN")) return "a PEM";
  const std::string_view text = trimmed(bytes);
  if (text.starts_with('{') && is_jwk(text)) return "a JWK";
  for (const std::string_view start : {"ssh-", "ecdsa-sha2-", "sk-"})
    if (text.starts_with(start) && holds(text, " AAAA")) return "an OpenSSH key";
  return std::nullopt;
}

}  // namespace webtool::jose
