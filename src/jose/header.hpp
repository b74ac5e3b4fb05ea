// The header of tokens this key signs, rendered beforehand up to the `typ` that each call names.
//
// A token whose header is the very text we would have written needs no parsing to be understood,
// and that is the case for nearly every token a service sees: its own.
#pragma once

#include <webtool/jose/algorithm.hpp>
#include <webtool/jose/error.hpp>

#include <string>
#include <string_view>

namespace webtool::jose {

class Key;
class KeyRing;

class HeaderText {
 public:
  HeaderText(Algorithm algorithm, std::string_view kid);

  /// Appends the encoded header. Throws std::logic_error unless `typ` is empty or a media type.
  void append(std::string_view typ, std::string& out) const;
  /// True if `segment` is what append(typ) writes.
  [[nodiscard]] bool matches(std::string_view segment, std::string_view typ) const noexcept;

 private:
  std::string encoded_;  // the whole triplets of {"alg":"…","kid":"…"
  std::string rest_;     // up to two bytes of it that are left over
};

/// Finds the key that `segment`, an encoded header of any origin, asks for, and checks everything
/// the header says; `typ` as for verify_compact.
[[nodiscard]] boost::system::error_code read_header(const KeyRing& keys, std::string_view segment,
                                                    std::string_view typ, const Key*& key);

}  // namespace webtool::jose
