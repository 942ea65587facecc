#include "command/verbs/latest_votes.h"

#include <nlohmann/json.hpp>

#include "runtime/stop.h"

namespace vote::command {
namespace {

constexpr Duration kFirstPause = std::chrono::milliseconds(5);
constexpr Duration kPauseMax = std::chrono::milliseconds(100);

}  // namespace

void LatestVotes::add(std::string token) {
  tokens_.push_back(std::move(token));
  if (tokens_.size() > most_) tokens_.pop_front();
}

bool LatestVotes::await_counted(Server& server, const std::string& poll, const Clock& clock) {
  const Duration until = clock.elapsed() + kCountingWaitMax;
  const std::string path = poll_path(poll, "/votes/me");
  BackOff pauses(kFirstPause, kPauseMax);
  Stop never;
  while (!tokens_.empty()) {
    server.use_token(tokens_.back());
    if (member_text(server.get(path).json(), "status") != "pending")
      tokens_.pop_back();
    else if (clock.elapsed() >= until)
      return false;
    else
      never.wait(pauses.next());
  }
  return true;
}

}  // namespace vote::command
