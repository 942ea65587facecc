#pragma once
// A value as a source gives it, and how it becomes one of the types that Config is made of and is
// shown again as TOML. Internal to config/. Pure.
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "vote/time.h"

namespace vote {

/// From the environment or a flag, where everything is text.
struct Plain {
  std::string text;
};
/// From a file, where a value has a type that no key takes (a date, a section).
struct Foreign {};
using Value =
    std::variant<Plain, Foreign, std::string, std::int64_t, bool, std::vector<std::string>>;

/// Nothing where the value is not of that kind. T: std::string, std::vector<std::string>, bool,
/// std::uint32_t, std::uint64_t or Duration.
template <class T>
std::optional<T> read_value(const Value& value);

/// "true or false": what read_value<T> takes, for messages.
template <class T>
std::string kind_of_value();

// As TOML; passwords in URLs shown as "***".
std::string to_toml(const std::string& text);
std::string to_toml(const std::vector<std::string>& list);
std::string to_toml(bool value);
std::string to_toml(std::uint32_t value);
std::string to_toml(std::uint64_t value);
std::string to_toml(Duration value);

}  // namespace vote
