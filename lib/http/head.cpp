#include "http/head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>

#include "http/problem.h"

namespace vote::http {
namespace {

// By hand, for strftime follows the locale and RFC 9110 §5.6.7 does not.
constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct DateLine {
  std::time_t second = -1;
  std::array<char, 64> text{};
  std::size_t size = 0;

  void format(std::time_t now) {
    std::tm t{};
    gmtime_r(&now, &t);
    const int written =
        std::snprintf(text.data(), text.size(), "Date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n",
                      kDays[static_cast<std::size_t>(t.tm_wday)], t.tm_mday,
                      kMonths[static_cast<std::size_t>(t.tm_mon)], t.tm_year + 1900, t.tm_hour,
                      t.tm_min, t.tm_sec);
    size = static_cast<std::size_t>(written);
    second = now;
  }
};

void append_date(std::string& out) {
  thread_local DateLine line;
  const std::time_t now = std::time(nullptr);
  if (now != line.second) line.format(now);
  out.append(line.text.data(), line.size);
}

void append_number(std::string& out, std::size_t number) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ");
  const std::size_t start = out.size();
  out.append(value);
  std::replace_if(
      out.begin() + static_cast<std::ptrdiff_t>(start), out.end(),
      [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
  out.append("\r\n");
}

void append_framing(std::string& out, Framing framing, std::size_t length) {
  if (framing == Framing::chunked) out.append("Transfer-Encoding: chunked\r\n");
  if (framing != Framing::length) return;
  out.append("Content-Length: ");
  append_number(out, length);
  out.append("\r\n");
}

}  // namespace

bool has_body(unsigned status) {
  return status >= 200 && status != 204 && status != 304;
}

void append_head(std::string& out, const Response& response, Framing framing, std::size_t length,
                 Persistence persistence) {
  out.append("HTTP/1.1 ");
  append_number(out, response.status);
  out.append(" ").append(title_of(response.status)).append("\r\n");
  append_date(out);
  if (has_body(response.status)) {
    if (!response.content_type.empty()) append_field(out, "Content-Type", response.content_type);
    append_framing(out, framing, length);
  }
  for (const auto& [name, value] : response.fields) append_field(out, name, value);
  if (persistence == Persistence::close) out.append("Connection: close\r\n");
  if (persistence == Persistence::said) out.append("Connection: keep-alive\r\n");
  out.append("\r\n");
}

}  // namespace vote::http
