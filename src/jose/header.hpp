// The header of the tokens that a key signs. It is rendered in advance, except for the `typ` of
// each call.
//
// If the header of a token equals the text that this code would write, it needs no parsing. This is
// true for nearly all tokens of a service, because the service issued them itself.
#pragma once

#include <string>
#include <string_view>

#include <webtool/jose/algorithm.hpp>
#include <webtool/jose/error.hpp>

namespace webtool::jose {

class Key;
class KeyRing;

class HeaderText {
 public:
  HeaderText(Algorithm algorithm, std::string_view kid);

  /// Appends the encoded header. Throws std::logic_error unless `typ` is empty or a media type.
  void append(std::string_view typ, std::string& out) const;
  /// True if `segment` equals the text that append(typ) writes.
  [[nodiscard]] bool matches(std::string_view segment, std::string_view typ) const noexcept;

 private:
  std::string encoded_;  // the complete triplets of {"alg":"…","kid":"…"
  std::string rest_;     // the remaining bytes of it, at most two
};

/// Finds the key for `segment`, an encoded header from any issuer, and checks all members of the
/// header. `typ` has the same meaning as in verify_compact.
[[nodiscard]] boost::system::error_code read_header(const KeyRing& keys, std::string_view segment,
                                                    std::string_view typ, const Key*& key);

}  // namespace webtool::jose
