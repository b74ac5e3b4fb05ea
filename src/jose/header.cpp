#include "jose/header.hpp"

#include <webtool/jose/compact.hpp>
#include <webtool/jose/json.hpp>
#include <webtool/jose/key_ring.hpp>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>

#include "jose/base64url_raw.hpp"

namespace webtool::jose {
namespace {

constexpr std::size_t max_typ_size = 64;

bool is_media_type(std::string_view text) noexcept {
  constexpr std::string_view specials = "!#$&-^_.+/";
  return text.size() <= max_typ_size && std::all_of(text.begin(), text.end(), [&](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  specials.find(c) != std::string_view::npos;
         });
}

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

bool equal_ignoring_case(std::string_view left, std::string_view right) noexcept {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

// RFC 7515 §4.1.9: a media type without another slash omits "application/".
bool is_type(std::string_view text, std::string_view type) noexcept {
  constexpr std::string_view prefix = "application/";
  if (equal_ignoring_case(text.substr(0, prefix.size()), prefix)) text.remove_prefix(prefix.size());
  return equal_ignoring_case(text, type);
}

// The part of a header that depends on `typ`, without heap memory.
class Tail {
 public:
  Tail(std::string_view rest, std::string_view typ) noexcept {
    put(rest);
    if (!typ.empty()) {
      put(R"(,"typ":")");
      put(typ);
      put("\"");
    }
    put("}");
  }
  [[nodiscard]] std::string_view view() const noexcept { return {bytes_.data(), size_}; }

 private:
  void put(std::string_view text) noexcept {
    std::memcpy(bytes_.data() + size_, text.data(), text.size());
    size_ += text.size();
  }
  std::array<char, max_typ_size + 16> bytes_;
  std::size_t size_ = 0;
};

// A member of the header. It distinguishes an absent member from a member that is not a string.
struct Text {
  bool valid = true;
  std::optional<std::string_view> value{};
};

Text text_member(const boost::json::object& header, std::string_view name) noexcept {
  const auto* found = header.if_contains({name.data(), name.size()});
  if (found == nullptr) return {};
  const auto* text = found->if_string();
  if (text == nullptr) return {false, {}};
  return {true, std::string_view(text->data(), text->size())};
}

// Members that are never supported: keys come only from the ring, and nothing is compressed,
// critical or detached.
bool uses_unsupported_member(const boost::json::object& header) noexcept {
  constexpr std::array<std::string_view, 7> names{"crit", "b64", "zip", "jwk", "jku", "x5u", "x5c"};
  return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
    return header.contains({name.data(), name.size()});
  });
}

}  // namespace

HeaderText::HeaderText(Algorithm algorithm, std::string_view kid) {
  std::string text = R"({"alg":")";
  text += name(algorithm);
  text += R"(","kid":)";
  text += boost::json::serialize(boost::json::string_view(kid.data(), kid.size()));
  const std::size_t whole = text.size() / 3 * 3;
  encoded_.resize(base64url_encoded_size(whole));
  base64url_encode_to(std::string_view(text).substr(0, whole), encoded_.data());
  rest_ = text.substr(whole);
}

void HeaderText::append(std::string_view typ, std::string& out) const {
  if (!is_media_type(typ)) throw std::logic_error("typ is not a media type");
  const Tail tail(rest_, typ);
  out += encoded_;
  const std::size_t start = out.size();
  out.resize(start + base64url_encoded_size(tail.view().size()));
  base64url_encode_to(tail.view(), out.data() + start);
}

bool HeaderText::matches(std::string_view segment, std::string_view typ) const noexcept {
  if (typ.size() > max_typ_size || segment.substr(0, encoded_.size()) != encoded_) return false;
  const Tail tail(rest_, typ);
  std::array<char, base64url_encoded_size(sizeof(Tail))> text;
  base64url_encode_to(tail.view(), text.data());
  return segment.substr(encoded_.size()) ==
         std::string_view(text.data(), base64url_encoded_size(tail.view().size()));
}

boost::system::error_code read_header(const KeyRing& keys, std::string_view segment,
                                      std::string_view typ, const Key*& key) {
  std::array<char, base64url_decoded_size(max_header_size)> text;
  if (segment.size() > max_header_size) return TokenError::too_large;
  if (!base64url_decode_to(segment, text.data())) return TokenError::malformed;

  std::array<unsigned char, 4096> memory;
  boost::json::monotonic_resource storage(memory.data(), memory.size());
  const auto header =
      parse_strict_object({text.data(), base64url_decoded_size(segment.size())}, &storage);
  if (!header) return TokenError::malformed;

  const Text alg = text_member(*header, "alg");
  const Text kid = text_member(*header, "kid");
  const Text type = text_member(*header, "typ");
  const Text content = text_member(*header, "cty");
  if (!alg.valid || !alg.value || !kid.valid || !type.valid || !content.valid) {
    return TokenError::malformed;
  }
  if (uses_unsupported_member(*header) || (content.value && is_type(*content.value, "jwt"))) {
    return TokenError::unsupported_header;
  }
  if (kid.value) {
    key = keys.find(*kid.value);
  } else {
    key = keys.keys().size() == 1 ? &keys.keys().front() : nullptr;
  }
  if (key == nullptr) return TokenError::unknown_key;
  if (*alg.value != name(key->algorithm())) return TokenError::algorithm_mismatch;
  if (!typ.empty() && !(type.value && is_type(*type.value, typ))) return TokenError::wrong_type;
  return {};
}

}  // namespace webtool::jose
