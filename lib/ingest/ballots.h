#pragma once
// The API's side of a vote: mark, append, the store's path, changes. On the order of the steps
// rests, whatever fails between them:
//   P1  Whose vote was acknowledged is counted, exactly once. 201 says which ballot counts. 202
//   says
//       that the vote is safe in the queue and will count, unless another request of the same voter
//       is ahead of it.
//   P2  A voter has at most one ballot in a poll (the store's constraint).
//   P3  What is refused with a 4xx on every try is never counted; what got no answer counts at most
//       once, and sent again it gets its answer.
//   P4  Results that are final never change.
// Thread-safe. Every call ends: its completion runs exactly once, on any thread.
#include <memory>
#include <optional>
#include <string>

#include "cache/cache.h"
#include "ingest/poll_copies.h"
#include "metrics/counter.h"
#include "queue/queue.h"
#include "runtime/clock.h"
#include "runtime/completion.h"
#include "runtime/timers.h"
#include "store/store.h"
#include "vote/account.h"
#include "vote/ballot.h"

namespace vote {

/// Longer than an append and the store's path can take one after the other.
inline constexpr Duration kMarkLease = std::chrono::seconds(15);
inline constexpr Duration kMarkGrace = std::chrono::hours(1);  // a mark outlives its poll by this
inline constexpr Duration kChangeWaitMax = std::chrono::seconds(3);
inline constexpr Duration kPreferWaitMax = std::chrono::seconds(10);   // longer wishes are cut
inline constexpr Duration kFailureBelieved = std::chrono::seconds(3);  // of the last append
inline constexpr Duration kVerdictPollInterval = std::chrono::milliseconds(5);

struct BallotSettings {
  bool require_verified_email = false;  // [auth] require_verified_email
  bool queue_fits = true;               // else votes go to the store until `use_queue`
};

/// How votes are accepted now: into the queue (202); by the store alone (201), where there is no
/// queue, it is out of reach or this API has no lease; or not at all (503).
enum class AcceptMode { queue, store, none };
std::string_view name(AcceptMode mode);

struct CastTerms {
  /// RFC 7240 "Prefer: wait": how long to wait for the store's verdict after the append.
  Duration wait{};
  /// The key was made for this very request: it was never sent before. Else an earlier try may be
  /// on its way, and no refusal says otherwise before that is certain.
  bool first_try = false;
};

struct CastAnswer {
  bool confirmed = false;  // true: 201, this ballot counts; false: 202, safe in the queue
  RequestId request;
};

/// What became of all casts so far, and how its parts did.
struct CastTotals {
  // How casts ended (metrics/catalogue.h: vote_casts_total).
  metrics::Counter queued;
  metrics::Counter recorded;
  metrics::Counter repeated;
  metrics::Counter duplicate;
  metrics::Counter refused;
  metrics::Counter unavailable;
  std::array<metrics::Counter, 4> marks;  // found, by MarkState
  metrics::Counter append_failures;
  metrics::Histogram append_took;
  metrics::Histogram record_took;  // the store's path
};

enum class VoteState { none, pending, confirmed, revoked };
struct VoteStatus {
  VoteState state = VoteState::none;
  std::optional<StandingVote> standing;  // confirmed and revoked
  std::optional<RequestId> request;      // pending: the one on its way
};

class Ballots {
 public:
  Ballots(Store& store, Queue& queue, Cache& cache, PollCopies& polls, Timers& timers,
          const Clock& clock, BallotSettings settings);
  ~Ballots();

  /// Casts. `vote.options` need not be sorted yet; `vote.accepted_at` is filled in here.
  void cast(const Identity& voter, CastVote vote, CastTerms terms,
            Completion<Result<CastAnswer>> done);

  /// Changes (options) or revokes (none), decided by the store; waits up to kChangeWaitMax for a
  /// cast that is still on its way.
  void change(const Identity& voter, CastVote vote, Completion<Result<ChangeReport>> done);

  /// What stands for this voter: the store's word, else a mark's.
  void status(PollId poll, UserId voter, Completion<Result<VoteStatus>> done);

  /// The queue is known to be this store's (fitting_queue.h): votes may go there.
  void use_queue();

  /// Grows meanwhile.
  const CastTotals& totals() const;
  /// Whether the next vote goes into the queue, for all that is known: the queue is in use and
  /// within reach, and the last append did not fail within kFailureBelieved.
  bool queue_answers() const;
  AcceptMode mode() const;

 private:
  class Cast;
  class Change;
  struct Parts;
  std::shared_ptr<Parts> parts_;
};

}  // namespace vote
