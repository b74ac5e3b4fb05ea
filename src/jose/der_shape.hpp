// Recognises key structures by their first bytes. This is not a parser, because a parser would not
// recognise a key that is cut off or damaged further on.
#pragma once

#include <optional>
#include <string_view>

namespace webtool::jose {

/// The name of the DER structure at the start of `bytes`: a public or private key, a certificate, a
/// certificate request, or a key store. Returns nullopt for other bytes.
[[nodiscard]] std::optional<std::string_view> der_key_shape(std::string_view bytes) noexcept;

}  // namespace webtool::jose
