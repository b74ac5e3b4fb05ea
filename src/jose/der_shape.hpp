// Recognises key structures by their first bytes. Not a parser: what is cut off or damaged further
// on is still somebody's key, and a decoder would say it is none.
#pragma once

#include <optional>
#include <string_view>

namespace webtool::jose {

/// The name of the DER structure that `bytes` begin with: a public or private key, a certificate or
/// a request for one, or a key store. Nothing for anything else.
[[nodiscard]] std::optional<std::string_view> der_key_shape(std::string_view bytes) noexcept;

}  // namespace webtool::jose
