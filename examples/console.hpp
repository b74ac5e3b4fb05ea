// The console: the page that browsers get at `/`. It is one static page with its own files, and it
// uses only the routes that other clients use too. The build embeds the files of console/.
#pragma once

#include <webtool/http/server.hpp>

#include <boost/algorithm/string/predicate.hpp>
#include <boost/algorithm/string/trim.hpp>

#include <console/api.hpp>
#include <console/app.hpp>
#include <console/icon.hpp>
#include <console/page.hpp>
#include <console/style.hpp>
#include <console/view.hpp>

#include <string>
#include <string_view>

#include "getting_started.hpp"

/// Whether the client asks for text/html by name. `*/*` is not enough: API clients send it, and
/// they get the text.
inline bool accepts_html(const webtool::http::Request& request) {
  for (std::size_t nth = 0; const auto accept = request.header("accept", nth); ++nth) {
    for (const auto& range : split_list(std::string(*accept))) {
      auto type = range.substr(0, range.find(';'));
      boost::trim(type);
      if (boost::iequals(type, "text/html")) return true;
    }
  }
  return false;
}

/// A file of the console. The policy allows only the page's own files and the server's own routes.
/// No text can become HTML or a script, not even through an error in the page (Trusted Types).
inline webtool::http::Response console_file(std::string_view content, std::string_view type) {
  return webtool::http::Response(200, std::string(content))
      .set("Content-Type", type)
      .set("Content-Security-Policy",
           "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
           "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; "
           "require-trusted-types-for 'script'; trusted-types 'none'")
      .set("X-Content-Type-Options", "nosniff")
      .set("Referrer-Policy", "no-referrer")
      .set("Cross-Origin-Opener-Policy", "same-origin")
      .set("Cross-Origin-Resource-Policy", "same-origin")
      // A cache must not give the page to an API client, nor old scripts to a new page.
      .set("Cache-Control", "no-store")
      .set("Vary", "Accept");
}

inline webtool::http::Response console_page() {
  return console_file(webtool::console::page, "text/html; charset=utf-8");
}

inline void add_console_files(webtool::http::Server& server) {
  using namespace webtool;
  const auto add = [&](std::string_view path, std::string_view content, std::string_view type) {
    server.get(path, [=](http::Request&) -> awaitable<http::Response> {
      co_return console_file(content, type);
    });
  };
  constexpr std::string_view script = "text/javascript; charset=utf-8";
  add("/console/app.js", console::app, script);
  add("/console/api.js", console::api, script);
  add("/console/view.js", console::view, script);
  add("/console/style.css", console::style, "text/css; charset=utf-8");
  add("/console/icon.svg", console::icon, "image/svg+xml");
}
