// What a text is that was given for a secret. The text of a public key is known to everybody: who
// signs with it lets everybody sign (CVE-2022-29217). A file's name is no better.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace webtool::jose {

/// What key material `bytes` is or holds, in the words of an error ("a public key (SPKI)"), in
/// whatever dress: PEM, DER, base64 in any alphabet, hex, UTF-16, quoted, escaped, one inside
/// another, whole or cut off. Nothing for other bytes. A raw public key (32 bytes of Ed25519)
/// cannot be told from a random secret.
[[nodiscard]] std::optional<std::string> key_material_in(std::string_view bytes);

/// The same for a PEM, DER, JWK or SSH key as it stands, without a dress: what from_secret refuses
/// though it is the way in for secrets that are refused by mistake.
[[nodiscard]] std::optional<std::string> plain_key_material(std::string_view bytes);

/// True if `text` looks like the name of a file or a URL. A secret can look like that by chance.
[[nodiscard]] bool looks_like_file_name(std::string_view text);

/// `text` without byte order mark, blanks and quotes around it.
[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;
/// A text as people paste it, without its dress: UTF-16, byte order mark, blanks and quotes around,
/// and backslash escapes of line ends, quotes and slashes are taken off.
[[nodiscard]] std::string undressed(std::string_view text);

}  // namespace webtool::jose
