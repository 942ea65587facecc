#include "vote/time.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace vote {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// What has a year of four digits in UTC (RFC 3339 §5.6), whatever its offset makes of it.
constexpr Time kTextMin = Time(std::chrono::sys_days(std::chrono::year(0) / 1 / 1));
constexpr Time kTextEnd = Time(std::chrono::sys_days(std::chrono::year(10000) / 1 / 1));

void append_digits(std::string& out, std::int64_t value, std::size_t width) {
  std::array<char, 20> digits{};
  for (std::size_t i = 0; i < width; ++i, value /= 10)
    digits[width - 1 - i] = static_cast<char>('0' + value % 10);
  out.append(digits.data(), width);
}

/// Reads fixed-width fields off the front of a text; `good` turns false at the first misfit.
struct Reader {
  std::string_view rest;
  bool good = true;

  int digits(std::size_t width) {
    int value = 0;
    if (rest.size() < width) return fail();
    for (std::size_t i = 0; i < width; ++i) {
      if (rest[i] < '0' || rest[i] > '9') return fail();
      value = value * 10 + (rest[i] - '0');
    }
    rest.remove_prefix(width);
    return value;
  }
  void literal(char c) {
    if (!take(c)) fail();
  }
  bool take(char c) {
    if (rest.empty() || rest.front() != c) return false;
    rest.remove_prefix(1);
    return true;
  }
  int fail() {
    good = false;
    return 0;
  }
};

Duration read_fraction(Reader& in) {
  std::int64_t value = 0;
  std::int64_t unit = 1'000'000;
  bool any = false;
  while (!in.rest.empty() && in.rest.front() >= '0' && in.rest.front() <= '9') {
    any = true;
    if (unit > 1) {
      unit /= 10;
      value += (in.rest.front() - '0') * unit;
    }
    in.rest.remove_prefix(1);
  }
  if (!any) in.fail();
  return Duration(value);
}

minutes read_offset(Reader& in) {
  if (in.take('Z') || in.take('z')) return minutes(0);
  const bool negative = !in.rest.empty() && in.rest.front() == '-';
  if (!negative && (in.rest.empty() || in.rest.front() != '+')) in.fail();
  if (!in.good) return minutes(0);
  in.rest.remove_prefix(1);
  const int hour = in.digits(2);
  in.literal(':');
  const int minute = in.digits(2);
  if (hour > 23 || minute > 59) in.fail();
  const minutes offset = hours(hour) + minutes(minute);
  return negative ? -offset : offset;
}

struct Unit {
  std::string_view name;
  Duration length;
};
constexpr std::array<Unit, 6> kUnits{{{"us", Duration(1)},
                                      {"ms", std::chrono::milliseconds(1)},
                                      {"s", seconds(1)},
                                      {"min", minutes(1)},
                                      {"h", hours(1)},
                                      {"d", days(1)}}};

}  // namespace

std::string to_text(Time time) {
  const auto day = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date(day);
  const auto of_day = (time - day).count();
  std::string out;
  out.reserve(27);
  append_digits(out, static_cast<int>(date.year()), 4);
  out += '-';
  append_digits(out, static_cast<unsigned>(date.month()), 2);
  out += '-';
  append_digits(out, static_cast<unsigned>(date.day()), 2);
  out += 'T';
  append_digits(out, of_day / 3'600'000'000, 2);
  out += ':';
  append_digits(out, of_day / 60'000'000 % 60, 2);
  out += ':';
  append_digits(out, of_day / 1'000'000 % 60, 2);
  out += '.';
  append_digits(out, of_day % 1'000'000, 6);
  out += 'Z';
  return out;
}

std::optional<Time> parse_time(std::string_view text) {
  Reader in{text};
  const int year = in.digits(4);
  in.literal('-');
  const int month = in.digits(2);
  in.literal('-');
  const int day = in.digits(2);
  if (!in.take('T') && !in.take('t')) in.literal(' ');
  const int hour = in.digits(2);
  in.literal(':');
  const int minute = in.digits(2);
  in.literal(':');
  const int second = in.digits(2);
  const Duration fraction = in.take('.') ? read_fraction(in) : Duration(0);
  const minutes offset = read_offset(in);
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!in.good || !in.rest.empty() || !date.ok() || hour > 23 || minute > 59 || second > 59)
    return std::nullopt;
  const Time time = Time(std::chrono::sys_days(date)) + hours(hour) + minutes(minute) +
                    seconds(second) + fraction - offset;
  return time >= kTextMin && time < kTextEnd ? std::optional(time) : std::nullopt;
}

std::optional<Duration> parse_duration(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || count < 0) return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  for (const Unit& known : kUnits) {
    if (known.name != unit) continue;
    if (count > Duration::max().count() / known.length.count()) return std::nullopt;
    return known.length * count;
  }
  return std::nullopt;
}

std::string to_text(Duration duration) {
  const auto divides = [&](const Unit& unit) {
    return duration.count() != 0 && duration.count() % unit.length.count() == 0;
  };
  const auto longest = std::find_if(kUnits.rbegin(), kUnits.rend(), divides);
  if (longest == kUnits.rend()) return "0s";
  return std::to_string(duration / longest->length) + std::string(longest->name);
}

}  // namespace vote
