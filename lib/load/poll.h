#pragma once
// The polls that a run votes in: those that are there, or some made for it, over the HTTP API.
#include <stdexcept>

#include "account/token.h"
#include "client/client.h"
#include "load/journal.h"
#include "runtime/clock.h"

namespace vote::load {

/// The API refused: what was asked and why.
class PollError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct NewPoll {
  unsigned options = 0;
  unsigned choices = 1;  // options that a ballot may name
  bool allow_vote_change = false;
  Duration lifetime{};  // it ends so long from now
};

// Both throw PollError, and client::ClientError where there is no answer.
Target find_poll(client::Client& client, PollId poll);
/// An active poll by a fresh voter.
Target create_poll(client::Client& client, const Tokens& tokens, const Clock& clock,
                   const NewPoll& wanted);

}  // namespace vote::load
