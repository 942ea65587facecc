#pragma once
// The last votes that were sent, for asking whether all before them have been counted by now: the
// queue keeps their order but for those that were on their way together.
#include <deque>
#include <string>

#include "command/server.h"

namespace vote::command {

inline constexpr Duration kCountingWaitMax = std::chrono::seconds(2);

class LatestVotes {
 public:
  /// `most`: how many may be on their way together.
  explicit LatestVotes(std::size_t most) : most_(most) {}

  /// One more was sent, by who holds this token.
  void add(std::string token);
  /// Waits until none of them is pending, at most kCountingWaitMax; false where one still is.
  /// Throws Failure and client::ClientError. The server speaks as the last voter afterwards.
  bool await_counted(Server& server, const std::string& poll, const Clock& clock);

 private:
  std::size_t most_;
  std::deque<std::string> tokens_;
};

}  // namespace vote::command
