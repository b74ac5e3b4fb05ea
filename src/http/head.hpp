// Parses the head of a request: the request line and the header fields. It does no I/O.
//
// Beast's parser checks the grammar. This code adds strict checks, because a proxy and the server
// must never disagree about the end of a request (request smuggling, RFC 9112 §11.2). A request may
// have at most one Content-Length or the Transfer-Encoding `chunked`, but not both. It must have
// one Host and a well-formed target.
#pragma once

#include <cstdint>
#include <string_view>

#include <webtool/http/request.hpp>

namespace webtool::http {

/// The properties of the message. RequestParts holds the request itself.
struct Head {
  bool is_http11 = false;
  bool keep_alive = false;
  bool is_chunked = false;
  std::uint64_t content_length = 0;
  bool expects_continue = false;
};

/// Parses a head, whose only empty line is its end, into views in `parts`. Returns 0, or the status
/// of the refusal.
[[nodiscard]] unsigned parse_head(std::string_view bytes, RequestParts& parts, Head& head);

}  // namespace webtool::http
