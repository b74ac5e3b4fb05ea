#include "http/render.hpp"

#include <boost/beast/http/status.hpp>

#include <array>
#include <charconv>

namespace webtool::http {
namespace {

using Status = boost::beast::http::status;
constexpr unsigned first_status = 200;
constexpr unsigned last_status = 599;

std::string_view status_line(unsigned status) {
  static const auto lines = [] {
    std::array<std::string, last_status - first_status + 1> all;
    for (unsigned code = first_status; code <= last_status; ++code) {
      all[code - first_status] =
          "HTTP/1.1 " + std::to_string(code) + " " + std::string(reason_phrase(code)) + "\r\n";
    }
    return all;
  }();
  return lines.at(status - first_status);
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

void append_two_digits(std::string& out, unsigned number) {
  out.push_back(static_cast<char>('0' + number / 10 % 10));
  out.push_back(static_cast<char>('0' + number % 10));
}

}  // namespace

std::string_view reason_phrase(unsigned status) {
  const auto known = boost::beast::http::int_to_status(status);
  if (known == Status::unknown) return {};
  const auto phrase = boost::beast::http::obsolete_reason(known);
  return {phrase.data(), phrase.size()};
}

void render(const Response& response, const RenderOptions& options, std::string& out) {
  out.append(status_line(response.status));
  append_field(out, "Date", options.date);
  for (const auto& [name, value] : response.fields()) append_field(out, name, value);
  if (!options.keep_alive) {
    out.append("Connection: close\r\n");
  } else if (options.say_keep_alive) {
    out.append("Connection: keep-alive\r\n");
  }
  if (response.status == 204 || response.status == 304) {  // RFC 9110 §8.6: no length either
    out.append("\r\n");
    return;
  }
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.begin(), digits.end(), response.body.size()).ptr;
  append_field(out, "Content-Length", {digits.begin(), end});
  out.append("\r\n");
  if (!options.is_head) out.append(response.body);
}

std::string http_date(std::chrono::sys_seconds time) {
  constexpr std::string_view days = "SunMonTueWedThuFriSat";
  constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
  std::string out;
  out.append(days.substr(std::chrono::weekday(day).c_encoding() * 3, 3)).append(", ");
  append_two_digits(out, static_cast<unsigned>(date.day()));
  out.append(" ")
      .append(months.substr((static_cast<unsigned>(date.month()) - 1) * 3, 3))
      .append(" ");
  append_two_digits(out, year / 100);
  append_two_digits(out, year);
  out.append(" ");
  append_two_digits(out, static_cast<unsigned>(clock.hours().count()));
  out.append(":");
  append_two_digits(out, static_cast<unsigned>(clock.minutes().count()));
  out.append(":");
  append_two_digits(out, static_cast<unsigned>(clock.seconds().count()));
  out.append(" GMT");
  return out;
}

}  // namespace webtool::http
