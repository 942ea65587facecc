#pragma once
// The poll that a run votes in: one that is there, or one made for it, over the HTTP API.
#include <stdexcept>

#include "account/token.h"
#include "client/client.h"
#include "load/requests.h"
#include "runtime/clock.h"

namespace vote::load {

inline constexpr unsigned kOptionsOfNewPoll = 4;

/// The API refused: what was asked and why.
class PollError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Both throw PollError, and client::ClientError where there is no answer.
Target find_poll(client::Client& client, PollId poll);
/// An active poll by a fresh voter; ends `lifetime` from now.
Target create_poll(client::Client& client, const Tokens& tokens, const Clock& clock,
                   Duration lifetime);

}  // namespace vote::load
