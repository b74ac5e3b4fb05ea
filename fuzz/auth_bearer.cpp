// Any Authorization header: a token that is given out is made of nothing but token68 characters.
#include <cstdlib>
#include <string_view>

#include <webtool/auth/backend.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view header(reinterpret_cast<const char*>(data), size);
  const auto token = webtool::auth::parse_bearer(header);
  if (token.has_error()) return 0;
  const bool inside = token->data() >= header.data() &&
                      token->data() + token->size() <= header.data() + header.size();
  if (!inside || token->empty()) std::abort();
  for (const char c : *token)
    if (c <= ' ' || c >= '\x7f' || c == ',' || c == '"') std::abort();
  return 0;
}
