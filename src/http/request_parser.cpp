#include "http/request_parser.hpp"

#include <algorithm>

#include "http/target.hpp"
#include "http/text.hpp"

namespace webtool::http {
namespace {

namespace beast = boost::beast;
using BeastError = beast::http::error;

std::string_view view(beast::string_view text) {
  return {text.data(), text.size()};
}

// Whether the request line is one of some version of HTTP.
bool names_version(std::string_view head) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto line = head.substr(0, head.find("\r\n"));
  const auto last = line.substr(line.rfind(' ') + 1);
  return std::count(line.begin(), line.end(), ' ') == 2 && last.size() == 8 &&
         last.starts_with("HTTP/") && is_digit(last[5]) && last[6] == '.' && is_digit(last[7]);
}

}  // namespace

RequestParser::RequestParser(RequestParts& parts, std::size_t body_limit) : parts_(parts) {
  parts.fields.clear();
  parts.body.clear();
  this->body_limit(body_limit);
  header_limit(~std::uint32_t{0});  // who feeds it bounds the head
  eager(true);
}

std::size_t RequestParser::feed(std::string_view bytes) {
  std::size_t used = 0;
  Error error;
  while (used < bytes.size() && !is_done() && !error) {
    used += put(boost::asio::buffer(bytes.substr(used)), error);
  }
  if (!error || error == BeastError::need_more || failed_ != 0) return used;
  if (error == BeastError::body_limit) {
    failed_ = 413;
  } else if (error == BeastError::bad_version && names_version(bytes)) {
    failed_ = 505;
  } else {
    failed_ = 400;
  }
  return used;
}

void RequestParser::refuse(unsigned status, Error& error) {
  failed_ = status;
  error = BeastError::bad_value;
}

void RequestParser::on_request_impl(Verb, Text method, Text target, int version, Error& error) {
  is_http11_ = version == 11;
  parts_.method = view(method);
  if (!split_target(view(target), parts_)) refuse(400, error);
}

void RequestParser::on_field_impl(FieldName id, Text name, Text value, Error& error) {
  if (is_header_done()) return;  // a trailer: nothing here asks for one (RFC 9110 §6.5.1)
  switch (id) {
    case FieldName::host:
      if (++hosts_ > 1 || !is_host(view(value))) return refuse(400, error);
      break;
    case FieldName::content_length:
      // Beast lets equal ones pass, in one field or several.
      if (has_length_ ||
          !std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; })) {
        return refuse(400, error);
      }
      has_length_ = true;
      break;
    case FieldName::transfer_encoding:
      if (!is_http11_) return refuse(400, error);  // RFC 9112 §6.1
      if (!equal_ignoring_case(view(value), "chunked")) return refuse(501, error);
      break;
    case FieldName::expect:
      if (!is_http11_) break;  // RFC 9110 §10.1.1
      if (!equal_ignoring_case(view(value), "100-continue")) return refuse(417, error);
      expects_continue_ = true;
      break;
    default:
      break;
  }
  parts_.fields.push_back({view(name), view(value)});
}

void RequestParser::on_header_impl(Error& error) {
  if (is_http11_ && hosts_ != 1) refuse(400, error);
}

std::size_t RequestParser::on_body_impl(Text bytes, Error&) {
  parts_.body.append(bytes.data(), bytes.size());
  return bytes.size();
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, Text bytes, Error&) {
  parts_.body.append(bytes.data(), bytes.size());
  return bytes.size();
}

}  // namespace webtool::http
