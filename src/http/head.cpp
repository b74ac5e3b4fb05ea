#include "http/head.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/version.hpp>

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

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// True if the request line ends with a version of HTTP.
bool names_version(std::string_view head) {
  const auto line = head.substr(0, head.find("\r\n"));
  const auto last = line.substr(line.rfind(' ') + 1);
  return std::count(line.begin(), line.end(), ' ') == 2 && last.size() == 8 &&
         last.starts_with("HTTP/") && is_digit(last[5]) && last[6] == '.' && is_digit(last[7]);
}

class HeadParser final : public beast::http::basic_parser<true> {
 public:
  HeadParser(RequestParts& parts, Head& head) : parts_(parts), head_(head) {
    header_limit(~std::uint32_t{0});  // the caller limits the head
    skip(true);                       // the caller reads the body
  }

  unsigned parse(std::string_view bytes) {
    Error error;
    put(boost::asio::buffer(bytes), error);
    if (refused_ != 0) return refused_;
    if (error == BeastError::bad_version && names_version(bytes)) return 505;
    if (error || !is_done()) return 400;
    head_.keep_alive = keep_alive();
    head_.is_chunked = chunked();
    head_.content_length = content_length().value_or(0);
    return 0;
  }

 private:
  using Error = beast::error_code;
  using Text = beast::string_view;
  using Name = beast::http::field;

  void refuse(unsigned status, Error& error) {
    refused_ = status;
    error = BeastError::bad_value;
  }

  void on_request_impl(beast::http::verb, Text method, Text target, int version,
                       Error& error) override {
    head_.is_http11 = version == 11;
    parts_.method = view(method);
    if (!split_target(view(target), parts_)) refuse(400, error);
  }

  void on_field_impl(Name id, Text name, Text value, Error& error) override {
    switch (id) {
      case Name::host:
        if (++hosts_ > 1 || !is_host(view(value))) return refuse(400, error);
        break;
      case Name::content_length:
        // Beast accepts several equal values, in one field or in several.
        if (++lengths_ > 1 || !std::all_of(value.begin(), value.end(), webtool::http::is_digit)) {
          return refuse(400, error);
        }
        break;
      case Name::transfer_encoding:
        if (!head_.is_http11) return refuse(400, error);  // RFC 9112 §6.1
        if (!equal_ignoring_case(view(value), "chunked")) return refuse(501, error);
        break;
      case Name::expect:
        if (!head_.is_http11) break;  // RFC 9110 §10.1.1
        if (!equal_ignoring_case(view(value), "100-continue")) return refuse(417, error);
        head_.expects_continue = true;
        break;
      default:
        break;
    }
    parts_.fields.push_back({view(name), view(value)});
  }

  void on_header_impl(Error& error) override {
    if (head_.is_http11 && hosts_ != 1) refuse(400, error);
  }

  std::size_t on_body_impl(Text, Error&) override { return 0; }
  std::size_t on_chunk_body_impl(std::uint64_t, Text, Error&) override { return 0; }
  void on_response_impl(int, Text, int, Error&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Error&) override {}
  void on_chunk_header_impl(std::uint64_t, Text, Error&) override {}
  void on_finish_impl(Error&) override {}
#if BOOST_BEAST_VERSION >= 359  // since Boost 1.90
  void on_trailer_field_impl(Name, Text, Text, Error&) override {}
#endif

  RequestParts& parts_;
  Head& head_;
  unsigned refused_ = 0;
  unsigned hosts_ = 0;
  unsigned lengths_ = 0;
};

}  // namespace

unsigned parse_head(std::string_view bytes, RequestParts& parts, Head& head) {
  parts.fields.clear();
  head = {};
  return HeadParser(parts, head).parse(bytes);
}

}  // namespace webtool::http
