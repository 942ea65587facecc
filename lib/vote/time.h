#pragma once
// Times of the domain: UTC, microseconds, and their one text form (RFC 3339 §5.6).
// Pure functions; any thread.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vote {

using Duration = std::chrono::microseconds;
using Time = std::chrono::sys_time<Duration>;

/// "2026-01-15T10:30:00.000000Z": always UTC, always six digits, so that text sorts as time does.
std::string to_text(Time time);

/// Any RFC 3339 date-time, also with an offset; digits beyond microseconds are cut. Nothing where
/// the text is none, or a leap second, or a moment whose year in UTC has not four digits.
std::optional<Time> parse_time(std::string_view text);

/// A length of time as people write it in configurations: "500ms", "10s", "10min", "1h", "2d".
std::optional<Duration> parse_duration(std::string_view text);
std::string to_text(Duration duration);

inline std::int64_t microseconds_of(Time time) {
  return time.time_since_epoch().count();
}
inline Time time_of(std::int64_t microseconds) {
  return Time(Duration(microseconds));
}

}  // namespace vote
