// Errors name the part of the URL and never quote it. If a password was not percent-encoded, any
// part of the URL can contain a piece of it.
#include "db/url.hpp"

#include <algorithm>
#include <utility>

#include "core/option_check.hpp"
#include "core/url_text.hpp"

namespace webtool::db {
namespace {

constexpr UrlText url_text("database URL");

std::string decode(std::string_view text, std::string_view piece) {
  auto decoded = url_text.decode(text, piece);
  if (decoded.find('\0') != std::string::npos)
    url_text.refuse(std::string(piece) + " must not contain a zero byte");
  return decoded;
}

void read_sqlite(std::string_view rest, Target& target) {
  target.backend = Backend::sqlite;
  if (rest == ":memory:" || rest == "/:memory:") {
    target.file = ":memory:";
    return;
  }
  if (rest.find('?') != std::string_view::npos) url_text.refuse("sqlite URLs have no parameters");
  if (!rest.starts_with('/'))
    url_text.refuse("sqlite URLs have no host: write sqlite:///file or sqlite:////file");
  target.file = decode(rest.substr(1), "the file");
  if (target.file.empty() || target.file.ends_with('/')) url_text.refuse("the file is missing");
  // Both characters have a meaning in SOCI's connection string.
  if (target.file.find_first_of("=\"") != std::string::npos)
    url_text.refuse("the file's name must not contain = or \"");
  // SQLite would read "file:…" as a URI, and ":…" as a special name.
  if (!target.file.starts_with('/')) target.file.insert(0, "./");
}

void read_host(std::string_view address, Target& target) {
  std::string_view port;
  if (address.starts_with('[')) {
    address.remove_prefix(1);
    const std::size_t end = address.find(']');
    if (end == std::string_view::npos) url_text.refuse("the closing ] of the host is missing");
    const std::string_view host = address.substr(0, end);
    if (host.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos)
      url_text.refuse("the host in [] is not an IPv6 address");
    target.parameters["host"] = host;
    port = address.substr(end + 1);
  } else {
    const std::string_view host = address.substr(0, std::min(address.find(':'), address.size()));
    // libpq would read a comma as a list and a slash as a path.
    std::string decoded = decode(host, "the host");
    if (decoded.find_first_of(",/") != std::string::npos)
      url_text.refuse("the host is not a name or address");
    if (!decoded.empty()) target.parameters["host"] = std::move(decoded);
    port = address.substr(host.size());
  }
  if (port.empty()) return;
  if (port.front() != ':') url_text.refuse("the port must follow the host by a :");
  target.parameters["port"] = std::to_string(url_text.number(port.substr(1), 1, 65535, "the port"));
}

void read_parameters(std::string_view query, Target& target) {
  static constexpr std::string_view known[] = {"sslmode", "sslrootcert",      "sslcert",
                                               "sslkey",  "application_name", "host"};
  while (!query.empty()) {
    std::string_view value = take_until(query, '&');
    const std::string name(take_until(value, '='));
    if (std::find(std::begin(known), std::end(known), name) == std::end(known))
      url_text.refuse("a parameter is unknown");
    std::string decoded = decode(value, "a parameter");
    if (decoded.empty()) url_text.refuse("the parameter " + name + " is empty");
    if (name == "host" && decoded.front() != '/')
      url_text.refuse("the parameter host must be the directory of a Unix socket");
    if (!target.parameters.emplace(name, std::move(decoded)).second)
      url_text.refuse(name + " is given twice");
  }
}

void read_postgresql(std::string_view rest, Target& target) {
  target.backend = Backend::postgresql;
  std::string_view path = take_until(rest, '?');
  std::string_view authority = take_until(path, '/');
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    std::string_view user_info = authority.substr(0, at);
    std::string user = decode(take_until(user_info, ':'), "the user name");
    if (user.empty()) url_text.refuse("the user name is empty");
    target.parameters["user"] = std::move(user);
    std::string password = decode(user_info, "the password");
    target.password = Secret(password);
    wipe(password);
    authority.remove_prefix(at + 1);
  }
  read_host(authority, target);
  target.parameters["dbname"] = decode(path, "the database");
  if (target.parameters["dbname"].empty()) url_text.refuse("the database is missing");
  read_parameters(rest, target);
}

}  // namespace

Target parse_url(std::string_view url) {
  if (!std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c != 127; }))
    url_text.refuse("spaces, control characters and non-ASCII must be percent-encoded");
  if (url.find('#') != std::string_view::npos) url_text.refuse("a # must be percent-encoded");
  Target target;
  const std::size_t colon = std::min(url.find("://"), url.size());
  const std::string_view scheme = url.substr(0, colon);
  url.remove_prefix(std::min(colon + 3, url.size()));
  if (scheme == "sqlite")
    read_sqlite(url, target);
  else if (scheme == "postgresql")
    read_postgresql(url, target);
  else
    url_text.refuse("the URL must start with sqlite:// or postgresql://");
  return target;
}

Options checked(Options options) {
  using namespace std::chrono_literals;
  const OptionCheck require("db::Options");
  constexpr std::chrono::milliseconds max_time = std::chrono::hours(24);
  require(options.pool_size >= 1 && options.pool_size <= 1000, "pool_size must be from 1 to 1000");
  require(options.acquire_timeout > 0ms && options.acquire_timeout <= max_time,
          "acquire_timeout must be positive and at most one day");
  require(options.statement_timeout >= 0ms && options.statement_timeout <= max_time,
          "statement_timeout must not be negative and must be at most one day");
  require(options.connect_timeout > 0s && options.connect_timeout <= max_time,
          "connect_timeout must be positive and at most one day");
  require(options.sqlite_busy_timeout >= 0ms && options.sqlite_busy_timeout <= max_time,
          "sqlite_busy_timeout must not be negative and must be at most one day");
  return options;
}

std::string connect_string(const Target& target, const Options& options) {
  std::string text;
  const auto add = [&](std::string_view name, std::string_view value) {
    text.append(name).append("='");
    for (const char c : value) {
      if (c == '\'' || c == '\\') text += '\\';
      text += c;
    }
    text += "' ";
  };
  for (const auto& [name, value] : target.parameters) add(name, value);
  if (!target.parameters.contains("application_name")) add("application_name", "webtool");
  if (!target.password.empty()) add("password", target.password.expose());
  add("connect_timeout", std::to_string(options.connect_timeout.count()));
  add("client_encoding", "UTF8");
  add("options", "-c statement_timeout=" + std::to_string(options.statement_timeout.count()));
  return text;
}

}  // namespace webtool::db
