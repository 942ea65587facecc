#include "cache/redis/standing.h"

#include "cache/redis/greeting.h"
#include "log/log.h"

namespace vote::redis {

void Standing::works() {
  const bool was_away = state_ == State::lost || state_ == State::refusing;
  state_ = State::working;
  refusal_.clear();
  if (was_away) log::info(part_ + "_back", {{"server", place_}});
}

void Standing::lost(const std::string& reason) {
  if (state_ == State::lost) return;
  state_ = State::lost;
  log::warn(part_ + "_lost", {{"server", place_}, {"reason", reason}});
}

void Standing::refuses(const std::string& reason) {
  if (state_ == State::refusing && refusal_ == reason) return;
  state_ = State::refusing;
  refusal_ = reason;
  log::error(part_ + "_refuses", {{"server", place_}, {"reason", reason}});
}

void Standing::complains(std::string_view error) {
  const auto now = std::chrono::steady_clock::now();
  const auto [found, is_new] = complaints_.try_emplace(std::string(kind_of(error)), now);
  if (!is_new && now - found->second < kSaidAgainAfter) return;
  found->second = now;
  log::error(part_ + "_refuses", {{"server", place_}, {"reason", explain(error)}});
}

}  // namespace vote::redis
