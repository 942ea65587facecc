#pragma once
// Votes on their way and votes that stand. A *request* is one voter's wish on one poll, named by
// its request id; it may be sent many times. Two requests are the same if key and choice are. Pure.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "vote/error.h"
#include "vote/ids.h"
#include "vote/time.h"

namespace vote {

inline constexpr std::size_t kUserAgentBytesMax = 256;  // longer ones are cut when accepted

/// A vote as accepted. `options` is sorted, so that the order on a form makes no other choice.
struct CastVote {
  RequestId request;
  PollId poll;
  UserId voter;
  std::vector<OptionId> options;
  Time accepted_at;
  std::string ip;
  std::string user_agent;
};

/// A digest of a choice, for marks: equal choices have equal digests in every process and version.
std::uint64_t digest_of(const std::vector<OptionId>& options);

/// A closing message: where it stands in a partition of the queue, no vote in time for this poll
/// comes any more.
struct ClosePoll {
  PollId poll;
};

/// The message in the queue: one JSON object, `{"v":1,"action":"cast",…}`; readable with jq.
std::string to_message(const CastVote& vote);
std::string to_message(const ClosePoll& close);
/// The error says what is wrong with it, for the dead letter's reason.
using QueueMessage = std::variant<CastVote, ClosePoll>;
Result<QueueMessage> parse_message(std::string_view json);

/// Whose vote on what a message says it is, as far as that can be read.
struct MessageIds {
  std::optional<PollId> poll;
  std::optional<UserId> voter;
  std::optional<RequestId> request;
};
/// Of any bytes, also where parse_message refuses them.
MessageIds ids_of_message(std::string_view json);

/// The ballot the store holds for a voter.
struct StandingVote {
  RequestId request;              // the cast's, for ever
  std::vector<OptionId> options;  // empty: revoked
  std::uint32_t revision = 0;     // 0 as cast, then one more with each change
  Time cast_at;
  std::vector<RequestId> superseded;  // acknowledged requests that gave way to this ballot
  std::uint64_t cast_digest = 0;      // of the cast's choice, whatever was changed since
};

/// A voter's ballot as an export holds it.
struct VoterBallot {
  UserId voter;
  RequestId request;              // the cast's
  std::vector<OptionId> options;  // as it stands; empty: revoked
  std::uint32_t revision = 0;
  Time cast_at;
};

struct OptionCount {
  OptionId option;
  std::uint64_t votes = 0;
};

/// Absolute counts of a poll, in display order. Of two, the one with the greater version is newer.
struct PollCounts {
  PollId poll;
  std::uint64_t version = 0;      // store's incarnation << 40 | commits that touched the poll
  std::uint64_t total_votes = 0;  // ballots that are not empty
  std::vector<OptionCount> options;
};

/// Per mille of `votes` in `total`, rounded half away from zero: 125 is 12.5 %. 0 of 0 is 0.
std::uint32_t permille(std::uint64_t votes, std::uint64_t total);

}  // namespace vote
