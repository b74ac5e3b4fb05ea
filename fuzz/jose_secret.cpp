// Texts that are given for secrets: looking at one never crashes, and a public key behind whatever
// text is found in each of its usual dresses.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <webtool/jose/base64url.hpp>
#include <webtool/jose/key.hpp>

#include "jose/secret_text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace webtool::jose;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (size > 65'536) return 0;
  (void)looks_like_file_name(text);
  (void)undressed(text);
  // What is key material as it stands still is in a dress.
  if (plain_key_material(text)) {
    const std::string encoded = base64url_encode(text);
    for (const std::string& dressed :
         {std::string(text), encoded, ' ' + encoded + "\r\n", '"' + encoded + '"'})
      if (encoded.size() >= 24 && !key_material_in(dressed)) std::abort();
  }
  // Shorter ones would fill the log with warnings.
  if (size < 64) return 0;
  try {
    if (Key::load(text).is_symmetric() && key_material_in(text)) std::abort();
  } catch (const InvalidKey&) {
  }
  return 0;
}
