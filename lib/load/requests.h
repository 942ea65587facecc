#pragma once
// The kinds of request that a run sends, prepared as bytes ahead of time so that making one costs a
// few copies. A new kind is a new class. One thread.
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "account/token.h"
#include "load/endpoint.h"
#include "runtime/clock.h"
#include "vote/ids.h"

namespace vote::load {

class Requests {
 public:
  virtual ~Requests() = default;
  /// Appends the next request, head and body. False where there is none left.
  virtual bool append_next(std::string& out) = 0;
};

/// The same GET again and again; it has no end.
class RepeatedGet final : public Requests {
 public:
  RepeatedGet(const Endpoint& endpoint, const std::string& path);
  bool append_next(std::string& out) override {
    out += bytes_;
    return true;
  }

 private:
  std::string bytes_;
};

/// A poll to vote in.
struct Target {
  PollId poll;
  std::vector<OptionId> options;
};

/// Votes by fresh voters: a token and an Idempotency-Key each, one option at random. Tokens and
/// keys are made by the constructor, on all cores.
class FreshVotes final : public Requests {
 public:
  /// `votes` of them. `lifetime`: how long the tokens hold from now.
  FreshVotes(const Endpoint& endpoint, const Target& target, const Tokens& tokens,
             const Clock& clock, std::uint64_t votes, Duration lifetime);
  bool append_next(std::string& out) override;

 private:
  std::string begin_;                // up to the token
  std::vector<std::string> ends_;    // an option each: what follows the key
  std::vector<std::string> voters_;  // token, field name and key
  std::uint64_t next_ = 0;
  std::minstd_rand choose_;
};

}  // namespace vote::load
