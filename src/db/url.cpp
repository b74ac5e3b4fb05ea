// Errors name the part of the URL and never quote it. If a password was not percent-encoded, any
// part of the URL can contain a piece of it.
#include "db/url.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <utility>

#include "core/percent.hpp"

namespace webtool::db {
namespace {

[[noreturn]] void refuse(const std::string& complaint) {
  throw std::invalid_argument("database URL: " + complaint);
}

std::string_view take_until(std::string_view& text, char mark) {
  const std::size_t end = std::min(text.find(mark), text.size());
  const std::string_view head = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return head;
}

std::string decode(std::string_view text, const char* part) {
  auto decoded = percent_decode(text);
  if (!decoded) refuse(std::string(part) + " has a % without two hex digits");
  if (decoded->find('\0') != std::string::npos)
    refuse(std::string(part) + " must not contain a zero byte");
  return std::move(*decoded);
}

void read_sqlite(std::string_view rest, Target& target) {
  target.backend = Backend::sqlite;
  if (rest == ":memory:" || rest == "/:memory:") {
    target.file = ":memory:";
    return;
  }
  if (rest.find('?') != std::string_view::npos) refuse("sqlite URLs have no parameters");
  if (!rest.starts_with('/'))
    refuse("sqlite URLs have no host: write sqlite:///file or sqlite:////file");
  target.file = decode(rest.substr(1), "the file");
  if (target.file.empty() || target.file.ends_with('/')) refuse("the file is missing");
  // Both characters have a meaning in SOCI's connection string.
  if (target.file.find_first_of("=\"") != std::string::npos)
    refuse("the file's name must not contain = or \"");
  // SQLite would read "file:…" as a URI, and ":…" as a special name.
  if (!target.file.starts_with('/')) target.file.insert(0, "./");
}

void read_host(std::string_view address, Target& target) {
  std::string_view port;
  if (address.starts_with('[')) {
    address.remove_prefix(1);
    const std::size_t end = address.find(']');
    if (end == std::string_view::npos) refuse("the closing ] of the host is missing");
    const std::string_view host = address.substr(0, end);
    if (host.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos)
      refuse("the host in [] is not an IPv6 address");
    target.parameters["host"] = host;
    port = address.substr(end + 1);
  } else {
    const std::string_view host = address.substr(0, std::min(address.find(':'), address.size()));
    // libpq would read a comma as a list and a slash as a path.
    std::string decoded = decode(host, "the host");
    if (decoded.find_first_of(",/") != std::string::npos)
      refuse("the host is not a name or address");
    if (!decoded.empty()) target.parameters["host"] = std::move(decoded);
    port = address.substr(host.size());
  }
  if (port.empty()) return;
  unsigned number = 0;
  const auto [end, error] = std::from_chars(port.begin() + 1, port.end(), number);
  if (port.front() != ':' || error != std::errc() || end != port.end() || number < 1 ||
      number > 65535)
    refuse("the port must be a number from 1 to 65535");
  target.parameters["port"] = std::to_string(number);
}

void read_parameters(std::string_view query, Target& target) {
  static constexpr std::string_view known[] = {"sslmode", "sslrootcert",      "sslcert",
                                               "sslkey",  "application_name", "host"};
  while (!query.empty()) {
    std::string_view value = take_until(query, '&');
    const std::string name(take_until(value, '='));
    if (std::find(std::begin(known), std::end(known), name) == std::end(known))
      refuse("a parameter is unknown");
    std::string decoded = decode(value, "a parameter");
    if (decoded.empty()) refuse("the parameter " + name + " is empty");
    if (name == "host" && decoded.front() != '/')
      refuse("the parameter host must be the directory of a Unix socket");
    if (!target.parameters.emplace(name, std::move(decoded)).second)
      refuse(name + " is given twice");
  }
}

void read_postgresql(std::string_view rest, Target& target) {
  target.backend = Backend::postgresql;
  std::string_view path = take_until(rest, '?');
  std::string_view authority = take_until(path, '/');
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    std::string_view user_info = authority.substr(0, at);
    std::string user = decode(take_until(user_info, ':'), "the user name");
    if (user.empty()) refuse("the user name is empty");
    target.parameters["user"] = std::move(user);
    std::string password = decode(user_info, "the password");
    target.password = Secret(password);
    wipe(password);
    authority.remove_prefix(at + 1);
  }
  read_host(authority, target);
  target.parameters["dbname"] = decode(path, "the database");
  if (target.parameters["dbname"].empty()) refuse("the database is missing");
  read_parameters(rest, target);
}

}  // namespace

Target parse_url(std::string_view url) {
  if (!std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c != 127; }))
    refuse("spaces, control characters and non-ASCII must be percent-encoded");
  if (url.find('#') != std::string_view::npos) refuse("a # must be percent-encoded");
  Target target;
  const std::size_t colon = std::min(url.find("://"), url.size());
  const std::string_view scheme = url.substr(0, colon);
  url.remove_prefix(std::min(colon + 3, url.size()));
  if (scheme == "sqlite")
    read_sqlite(url, target);
  else if (scheme == "postgresql")
    read_postgresql(url, target);
  else
    refuse("the URL must start with sqlite:// or postgresql://");
  return target;
}

Options checked(Options options) {
  const auto require = [](bool fine, const char* complaint) {
    if (!fine) throw std::invalid_argument(std::string("database: ") + complaint);
  };
  constexpr std::chrono::milliseconds longest = std::chrono::hours(24);
  require(options.pool_size >= 1 && options.pool_size <= 1000, "pool_size must be from 1 to 1000");
  require(options.acquire_timeout > 0ms && options.acquire_timeout <= longest,
          "acquire_timeout must be positive and at most one day");
  require(options.statement_timeout >= 0ms && options.statement_timeout <= longest,
          "statement_timeout must not be negative and must be at most one day");
  require(options.connect_timeout > 0s && options.connect_timeout <= longest,
          "connect_timeout must be positive and at most one day");
  require(options.sqlite_busy_timeout >= 0ms && options.sqlite_busy_timeout <= longest,
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
