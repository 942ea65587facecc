#pragma once
// The requests of a run, thought up one after another from a seed: who votes where for what, and
// who comes again. The same seed gives the same sequence of kinds, polls and options. One thread.
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "account/token.h"
#include "load/journal.h"
#include "load/mix.h"
#include "runtime/clock.h"

namespace vote::load {

/// Voters who may come again: the latest.
inline constexpr std::size_t kRecentVotes = 1024;

/// What a run asks for.
struct Wanted {
  Mix mix;
  std::vector<Target> polls;
  std::uint64_t voters = 0;  // each votes once in each poll; 0: fresh ones without end
  std::uint64_t seed = 0;
  Time expires;  // of the tokens
};

/// One request, with what its journal line and its bytes need.
struct Wish {
  Ask ask = Ask::vote;
  Send send;          // not of reads
  std::string token;  // not of reads
};

class Workload {
 public:
  /// `tokens` may be null where the mix has no votes.
  Workload(Wanted wanted, const Tokens* tokens, const Clock& clock);

  /// Nothing: every voter has voted in every poll. The send's number and time are the caller's.
  std::optional<Wish> next();
  const std::vector<Target>& polls() const { return wanted_.polls; }

 private:
  Ask pick();
  std::optional<Wish> fresh_vote();
  Wish again(Ask ask);
  Wish read();
  Positions any_choice(std::size_t poll);
  std::uint64_t below(std::uint64_t end) { return random_() % end; }
  Uuid fresh_id();

  Wanted wanted_;
  const Tokens* tokens_;
  const Clock& clock_;
  std::mt19937_64 random_;
  std::uint64_t votes_ = 0;
  UserId voter_;
  std::string token_;  // the voter's
  std::vector<Wish> recent_;
  std::size_t oldest_ = 0;  // of recent_, once that is full
};

}  // namespace vote::load
