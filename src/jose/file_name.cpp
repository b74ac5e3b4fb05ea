// Recognises secrets that look like file names. With `secret_key="keys/ed_private_key1.pem"` the
// service would sign with the name, which is in the repository, and nobody would notice.
#include <algorithm>
#include <array>
#include <string>

#include "jose/secret_text.hpp"

namespace webtool::jose {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  return out;
}

bool is_word(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool is_control(char c) noexcept {
  return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
}

// An ending such as ".pem", also before another ending, as in "key.pem.bak" and "key.pem~".
bool has_key_ending(std::string_view name) {
  constexpr std::array<std::string_view, 22> endings{
      ".pem", ".key", ".pub",  ".crt", ".cer", ".csr", ".der", ".p8",   ".pk8",  ".p12", ".pfx",
      ".p7b", ".jwk", ".jwks", ".ppk", ".asc", ".gpg", ".txt", ".json", ".yaml", ".yml", ".env"};
  return std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) {
    const std::size_t at = name.rfind(ending);
    if (at == std::string_view::npos || at == 0 || !is_word(name[at - 1])) return false;
    std::string_view rest = name.substr(at + ending.size());
    if (rest.empty() || rest == "~") return true;
    if (!rest.starts_with('.') || rest.size() > 7) return false;
    rest.remove_prefix(1);
    return !rest.empty() && std::all_of(rest.begin(), rest.end(), is_word);
  });
}

// Beginnings of paths and URLs: "./", "~/", "~user/", "$HOME/", a drive or host of Windows,
// "file:", "https://". Other texts do not begin like this, and base64 does not contain these
// characters.
bool has_path_start(std::string_view name) {
  for (const std::string_view start : {"./", "../", ".\\", "..\\", "~/", "\\\\", "file:", "@/"})
    if (name.starts_with(start)) return true;
  const std::size_t slash = name.find_first_of("/\\");
  if (slash == std::string_view::npos || slash == 0) return false;
  const std::string_view first = name.substr(0, slash);
  const bool home = first.starts_with('~') && std::all_of(first.begin() + 1, first.end(), is_word);
  if (home || first.starts_with("${") || first == "$home" || first == "$pwd" ||
      (first.size() > 2 && first.starts_with('%') && first.ends_with('%')))
    return true;
  const bool drive = first.size() == 2 && first[0] >= 'a' && first[0] <= 'z' && first[1] == ':';
  return drive || (first.ends_with(':') && name.substr(slash).starts_with("//"));
}

// A path of plain words with a system directory or a word about keys, such as "/run/secrets/jwt"
// and "keys/signing". Base64 also contains slashes, but does not consist only of words.
bool is_path_of_words(std::string_view name) {
  constexpr std::array<std::string_view, 16> folders{
      "etc", "run", "var", "home", "root", "usr", "opt",     "srv",
      "tmp", "mnt", "app", "data", "proc", "dev", "secrets", "Users"};
  if (name.starts_with('/')) {
    const auto end = name.find('/', 1);
    const bool has_more = end != std::string_view::npos;
    if (has_more &&
        std::find(folders.begin(), folders.end(), name.substr(1, end - 1)) != folders.end())
      return true;
  }
  if (name.find_first_of("/\\") == std::string_view::npos) return false;
  const bool words = std::all_of(name.begin(), name.end(), [](char c) {
    return is_word(c) || c == '/' || c == '\\' || c == '.';
  });
  for (const std::string_view about : {"key", "secret", "cert", "credential", "id_rsa",
                                       "id_ed25519", "id_ecdsa", "jwt", "ssh", "ssl", "tls"})
    if (words && name.find(about) != std::string_view::npos) return true;
  return false;
}

bool is_known_name(std::string_view name) {
  constexpr std::array<std::string_view, 6> names{"id_rsa",     "id_dsa",          "id_ecdsa",
                                                  "id_ed25519", "authorized_keys", "known_hosts"};
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

bool looks_like_file_name(std::string_view text) {
  text = trimmed(text);
  if (text.empty() || text.size() > 1024 || std::any_of(text.begin(), text.end(), is_control))
    return false;
  const std::string name = lower(text);
  // The words keep their case, because base64 in lower case would look like words too.
  return has_key_ending(name) || has_path_start(name) || is_path_of_words(text) ||
         is_known_name(name);
}

}  // namespace webtool::jose
