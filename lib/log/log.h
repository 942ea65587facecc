#pragma once
// Structured logging: one line an event, JSON for machines or text for people, to stderr or a file.
// No secrets, no passwords, no tokens: callers hand in fields one by one and never whole requests.
// Thread-safe after `open`.
//
// Every line has timestamp, level, service and event. Names that mean the same everywhere: poll_id,
// user_id, request_id (UUIDs), reason (a sentence); of a vote also processing_time_ms,
// was_duplicate (this vote, or another one of the voter, was there before) and cache_hit (the cache
// knew so). What each vote would say is level debug, and guarded by `enabled`, for its fields cost
// more than asking: vote_accepted, vote_refused and limit_refused of vote-api, vote_processed and
// batch_processed of vote-worker. Which options somebody chose is in no log.
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace vote::log {

enum class Level { trace, debug, info, warn, error, off };
enum class Format { json, text };

struct Settings {
  std::string service;  // "vote-api"
  Level level = Level::info;
  Format format = Format::json;
  std::string file;  // empty: stderr
};

using Value = std::variant<std::string, std::int64_t, std::uint64_t, double, bool>;

/// A named field of an event; anything that converts to text, a number or a truth value.
struct Field {
  Field(std::string_view field_name, std::string_view text)
      : name(field_name), value(std::string(text)) {}
  Field(std::string_view field_name, const char* text)
      : name(field_name), value(std::string(text)) {}
  Field(std::string_view field_name, const std::string& text) : name(field_name), value(text) {}
  Field(std::string_view field_name, bool truth) : name(field_name), value(truth) {}
  template <class Number>
  requires(std::is_arithmetic_v<Number> && !std::is_same_v<Number, bool>)
      Field(std::string_view field_name, Number number)
      : name(field_name) {
    if constexpr (std::is_floating_point_v<Number>)
      value = static_cast<double>(number);
    else if constexpr (std::is_signed_v<Number>)
      value = static_cast<std::int64_t>(number);
    else
      value = static_cast<std::uint64_t>(number);
  }
  std::string name;
  Value value;
};

/// Where lines go from now on. Before the first call they go to stderr as text. Throws
/// std::runtime_error where the file cannot be opened.
void open(const Settings& settings);
/// Opens the file again (log rotation; SIGHUP). On failure keeps the old one and logs why. A write
/// that fails (disk full) is dropped: a daemon does not die of its log.
void reopen();
bool enabled(Level level);

/// `event` is a stable snake_case name ("poll_closed"); details are fields.
void write(Level level, std::string_view event, std::initializer_list<Field> fields = {});
inline void debug(std::string_view event, std::initializer_list<Field> fields = {}) {
  if (enabled(Level::debug)) write(Level::debug, event, fields);
}
inline void info(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::info, event, fields);
}
inline void warn(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::warn, event, fields);
}
inline void error(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::error, event, fields);
}

}  // namespace vote::log
