#pragma once
// The names of a CSV of ballots' columns: see ballot_file.h.
#include <string_view>

namespace vote::command {

inline constexpr std::string_view kUserColumn = "user_id";
inline constexpr std::string_view kRequestColumn = "request_id";
inline constexpr std::string_view kTimeColumn = "cast_at";
inline constexpr std::string_view kRevisionColumn = "revision";
inline constexpr std::string_view kCountColumn = "ballots";
inline constexpr std::string_view kOptionColumn = "option:";  // then the option's text

}  // namespace vote::command
