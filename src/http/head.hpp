// The head of a request: its line and its header fields.
//
// Beast's parser knows the grammar; this adds what a server that may stand behind a proxy must be
// strict about, because two readers of one request must never disagree on where it ends (request
// smuggling, RFC 9112 §11.2): one Content-Length at most, `chunked` or nothing as
// Transfer-Encoding, never both; one Host; a well-formed target. Pure.
#pragma once

#include <webtool/http/request.hpp>

#include <cstdint>
#include <string_view>

namespace webtool::http {

/// What the head says of the message, the request itself being in RequestParts.
struct Head {
  bool is_http11 = false;
  bool keep_alive = false;
  bool is_chunked = false;
  std::uint64_t content_length = 0;
  bool expects_continue = false;
};

/// Reads a head, which ends with an empty line and has none before, into `parts`, as views. 0, or
/// the status to refuse the request with.
[[nodiscard]] unsigned parse_head(std::string_view bytes, RequestParts& parts, Head& head);

}  // namespace webtool::http
