// Beast's parser knows the grammar of HTTP/1.1; this one adds what a server that may stand behind
// a proxy must be strict about, because two readers of one request must never disagree on where it
// ends (request smuggling, RFC 9112 §11.2): one Content-Length at most, `chunked` or nothing as
// Transfer-Encoding, never both; one Host; a well-formed target.
#pragma once

#include <webtool/http/request.hpp>

#include <boost/beast/http/basic_parser.hpp>

#include <cstddef>
#include <string_view>

namespace webtool::http {

/// Parses one request into `parts`. The head must be given first, whole and alone: the views in
/// `parts` point into it. Then the body, in any pieces.
class RequestParser final : public boost::beast::http::basic_parser<true> {
 public:
  RequestParser(RequestParts& parts, std::size_t body_limit);

  /// How much of `bytes` was used; fewer where more is needed to go on, or the request is complete,
  /// or failed() says that it never will be.
  std::size_t feed(std::string_view bytes);

  /// The status to refuse the request with; 0 while there is nothing to refuse.
  [[nodiscard]] unsigned failed() const noexcept { return failed_; }
  [[nodiscard]] bool is_http11() const noexcept { return is_http11_; }
  [[nodiscard]] bool expects_continue() const noexcept { return expects_continue_; }

 private:
  using Error = boost::beast::error_code;
  using Text = boost::beast::string_view;
  using Verb = boost::beast::http::verb;
  using FieldName = boost::beast::http::field;

  void on_request_impl(Verb, Text method, Text target, int version, Error& error) override;
  void on_field_impl(FieldName id, Text name, Text value, Error& error) override;
  void on_header_impl(Error& error) override;
  std::size_t on_body_impl(Text bytes, Error& error) override;
  std::size_t on_chunk_body_impl(std::uint64_t, Text bytes, Error& error) override;
  void on_response_impl(int, Text, int, Error&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Error&) override {}
  void on_chunk_header_impl(std::uint64_t, Text, Error&) override {}
  void on_finish_impl(Error&) override {}

  void refuse(unsigned status, Error& error);

  RequestParts& parts_;
  unsigned failed_ = 0;
  unsigned hosts_ = 0;
  bool has_length_ = false;
  bool is_http11_ = false;
  bool expects_continue_ = false;
};

}  // namespace webtool::http
