// Recognises texts that were passed as a secret but are not secret. Everyone knows the text of a
// public key, so a service that signs with it lets everyone sign (CVE-2022-29217). A file name is
// equally unsafe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace webtool::jose {

/// The name of the key material in `bytes`, for an error text ("a public key (SPKI)"). Recognises
/// PEM, DER, base64 in any alphabet, hex, UTF-16, quoted and escaped texts, also nested and cut
/// off. Returns nullopt for other bytes. A raw public key (32 bytes of Ed25519) cannot be
/// distinguished from a random secret.
[[nodiscard]] std::optional<std::string> key_material_in(std::string_view bytes);

/// Like key_material_in, but only for an unencoded PEM, DER, JWK or SSH key. from_secret refuses
/// only these, because it must accept secrets that load refuses by mistake.
[[nodiscard]] std::optional<std::string> plain_key_material(std::string_view bytes);

/// True if `text` looks like the name of a file or a URL. A secret can look like that by chance.
[[nodiscard]] bool looks_like_file_name(std::string_view text);

/// `text` without the byte order mark, blanks and quotes around it.
[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;
/// Cleans a pasted text. Decodes UTF-16, removes the byte order mark, blanks and quotes around the
/// text, and decodes backslash escapes of line ends, quotes and slashes.
[[nodiscard]] std::string undressed(std::string_view text);

}  // namespace webtool::jose
