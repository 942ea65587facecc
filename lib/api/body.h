#pragma once
// The one reader of request bodies: a flat JSON object into fields. No tree is built, so nesting
// costs nothing. Throws http::HttpError: 415 where the body is not application/json, 400 malformed
// that names the field where it is no such object, names a field that nobody knows, or one twice.
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "http/message.h"
#include "vote/ids.h"
#include "vote/time.h"

namespace vote::api {

/// What a body may hold, and where its value goes; what is not there stays nothing. Times are
/// RFC 3339 within kTimeMin and kTimeMax.
struct Member {
  using Target =
      std::variant<std::optional<std::string>*, std::optional<bool>*, std::optional<std::uint32_t>*,
                   std::optional<Time>*, std::optional<OptionId>*,
                   std::optional<std::vector<OptionId>>*, std::optional<std::vector<std::string>>*>;
  std::string_view name;
  Target target;
};

inline constexpr Time kTimeMin = Time(std::chrono::sys_days(std::chrono::year(1970) / 1 / 1));
inline constexpr Time kTimeMax = Time(std::chrono::sys_days(std::chrono::year(9999) / 12 / 31));

void read_body(const http::Request& request, std::initializer_list<Member> members);

/// For requests that need no body: none, or an empty object.
void read_no_body(const http::Request& request);

/// The value of a member that must be there.
template <class T>
T required(std::optional<T>& value, std::string_view name);

/// 400 malformed, with `detail`.
[[noreturn]] void refuse_malformed(std::string_view detail);

template <class T>
T required(std::optional<T>& value, std::string_view name) {
  if (!value) refuse_malformed(std::string(name) + " is missing");
  return std::move(*value);
}

}  // namespace vote::api
