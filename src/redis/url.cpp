// Parses redis://, rediss:// and unix:// URLs. Error texts name the part and never quote the input:
// if the password was not percent-encoded, any part may contain a piece of it.
#include <boost/asio/ip/address_v6.hpp>

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <webtool/redis/options.hpp>

#include "core/url_text.hpp"
#include "redis/check_options.hpp"

namespace webtool::redis {
namespace {

constexpr UrlText url_text("redis URL");

std::chrono::milliseconds milliseconds(std::string_view text, const char* part) {
  constexpr std::chrono::milliseconds max_time = std::chrono::hours(24);
  return std::chrono::milliseconds(url_text.number(text, 1, max_time.count(), part));
}

bool boolean(std::string_view text, const char* part) {
  if (text != "true" && text != "false")
    url_text.refuse(std::string(part) + " must be true or false");
  return text == "true";
}

unsigned database(std::string_view text) {
  return static_cast<unsigned>(
      url_text.number(text, 0, std::numeric_limits<int>::max(), "the database"));
}

void read_user(std::string_view user_info, Options& options) {
  options.username = url_text.decode(take_until(user_info, ':'), "the user name");
  std::string password = url_text.decode(user_info, "the password");
  options.password = Secret(password);
  wipe(password);
}

void read_address(std::string_view address, Options& options) {
  std::optional<std::string_view> port;
  if (address.starts_with('[')) {
    address.remove_prefix(1);
    if (address.find(']') == std::string_view::npos) url_text.refuse("the host has no closing ]");
    options.host = url_text.decode(take_until(address, ']'), "the host");  // a zone follows %25
    boost::system::error_code error;
    boost::asio::ip::make_address_v6(options.host, error);
    if (error) url_text.refuse("the host in [] is not an IPv6 address");
    if (!address.empty() && address.front() != ':')
      url_text.refuse("a : must separate the host and the port");
    if (!address.empty()) port = address.substr(1);
  } else {
    const std::size_t colon = address.find(':');
    options.host = url_text.decode(address.substr(0, colon), "the host");
    if (options.host.empty()) url_text.refuse("the host is missing");
    if (colon != std::string_view::npos) port = address.substr(colon + 1);
  }
  if (port) options.port = static_cast<std::uint16_t>(url_text.number(*port, 1, 65535, "the port"));
}

void read_parameter(std::string_view name, const std::string& value, Options& options) {
  if (name == "db") {
    options.database = database(value);
  } else if (name == "client_name") {
    options.client_name = value;
  } else if (name == "namespace") {
    if (value.empty()) url_text.refuse("namespace must not be empty");
    options.key_namespace = value;
  } else if (name == "timeout") {
    options.command_timeout = milliseconds(value, "timeout");
  } else if (name == "connect_timeout") {
    options.connect_timeout = milliseconds(value, "connect_timeout");
  } else if (name == "tls_ca_file") {
    options.tls_ca_file = value;
  } else if (name == "tls_cert_file") {
    options.tls_cert_file = value;
  } else if (name == "tls_key_file") {
    options.tls_key_file = value;
  } else if (name == "tls_insecure") {
    options.tls_insecure = boolean(value, "tls_insecure");
  } else {
    url_text.refuse("a query parameter is unknown");
  }
}

void read_query(std::string_view query, bool database_seen, Options& options) {
  std::vector<std::string_view> seen;
  if (database_seen) seen.push_back("db");
  while (!query.empty()) {
    std::string_view value = take_until(query, '&');
    const std::string_view name = take_until(value, '=');
    read_parameter(name, url_text.decode(value, "a query parameter"), options);
    if (std::find(seen.begin(), seen.end(), name) != seen.end()) {
      url_text.refuse(std::string(name) + " is given twice");
    }
    seen.push_back(name);
  }
}

}  // namespace

Options parse_url(std::string_view url) {
  const bool printable =
      std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c != 127; });
  if (!printable)
    url_text.refuse("spaces, control characters and non-ASCII must be percent-encoded");
  if (url.find('#') != std::string_view::npos) url_text.refuse("a # must be percent-encoded");

  Options options;
  const std::size_t colon = url.find("://");
  if (colon == std::string_view::npos)
    url_text.refuse("it must start with redis://, rediss:// or unix://");
  const std::string_view scheme = url.substr(0, colon);
  const bool unix_socket = scheme == "unix";
  options.tls = scheme == "rediss";
  if (!unix_socket && !options.tls && scheme != "redis") {
    url_text.refuse("the scheme must be redis, rediss or unix");
  }
  url.remove_prefix(colon + 3);

  std::string_view path = take_until(url, '?');
  const std::string_view query = url;
  const std::size_t slash = std::min(path.find('/'), path.size());
  std::string_view authority = path.substr(0, slash);
  path.remove_prefix(slash);
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    read_user(authority.substr(0, at), options);
    authority.remove_prefix(at + 1);
  }

  bool database_seen = false;
  if (unix_socket) {
    if (!authority.empty()) url_text.refuse("unix:// takes no host, only an absolute path");
    options.unix_socket = url_text.decode(path, "the path");
    if (options.unix_socket.size() < 2) url_text.refuse("the path of the socket is missing");
  } else {
    read_address(authority, options);
    database_seen = path.size() > 1;
    if (database_seen) options.database = database(path.substr(1));
  }
  read_query(query, database_seen, options);
  return checked(std::move(options));
}

}  // namespace webtool::redis
