#pragma once
// What has to happen in one step inside Redis: a few lines of Lua each. Internal to cache/redis/.
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace vote::redis {

enum class Script { queue_marks, remove_mark, put_counts, allow };
inline constexpr std::size_t kScripts = 4;

std::string_view text_of(Script script);

/// By Script: what EVALSHA calls them, as the server said when it loaded them.
using ScriptNames = std::array<std::string, kScripts>;

}  // namespace vote::redis
