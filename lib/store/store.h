#pragma once
// The store port: accounts, polls, ballots, counters, audit, positions, leases. What it committed
// is durable; what it decided is decided. Every call is asynchronous: its completion runs exactly
// once, on any thread. `unavailable` means that the store did not answer in time or cannot now (its
// fate may be unknown, so the same call is sent again with the same ids); any other error is a
// decision. Thread-safe.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "queue/queue.h"
#include "runtime/completion.h"
#include "store/closing.h"
#include "vote/account.h"
#include "vote/ballot.h"
#include "vote/error.h"
#include "vote/poll.h"

namespace vote {

struct UserRecord {
  User user;
  std::string password_hash;
};
struct UserPage {
  std::vector<User> users;
  std::string next_cursor;  // empty: no more
};

struct PollFilter {
  std::optional<PollStatus> status;
  std::optional<UserId> owner;
  std::optional<UserId> viewer;  // drafts are shown to their owner only (or to `all_drafts`)
  bool all_drafts = false;
  std::string cursor;  // as a page gave it
  std::size_t limit = 50;
};
struct PollPage {
  std::vector<Poll> polls;  // newest first; of a long list with few matches perhaps none yet
  std::string next_cursor;  // empty: no more
};
/// Runs inside the store's transaction on the poll as it stands, with the store's time.
using PollRevision = std::function<Result<Poll>(Poll current, Time now)>;
using PollCheck = std::function<std::optional<Error>(const Poll& current, Time now)>;

/// One vote to be recorded. `stamp` is the queue's, of its first copy; nothing means "now, by the
/// store's clock" (the store's path). A stamped vote was let in by an API that saw the poll open
/// and may be acknowledged, so no start refuses it; the store's own clock does.
struct VoteToRecord {
  CastVote vote;
  std::optional<Time> stamp;
};

/// Where a ballot of the voter stands, that is the answer (same, superseded, key_reused) also to a
/// vote that would be refused for its time.
enum class Recorded {
  recorded,    // it is the ballot now, and has been counted
  same,        // the same request stands already (also if changed since)
  superseded,  // another request stands
  key_reused,  // this key stands with another choice
  unknown_poll,
  unknown_option,
  not_active,  // the poll is a draft, or (without a stamp) has not begun
  too_late,
  final,
};
/// Whether no retry can heal it, so that it is one for the dead letters.
bool is_refusal(Recorded outcome);
std::string_view name(Recorded outcome);
/// What a refusal means, for a person.
std::string explanation(Recorded outcome);

struct RecordOutcome {
  Recorded outcome = Recorded::recorded;
  RequestId standing;                 // the request that stands, where one does
  std::uint64_t standing_digest = 0;  // of its cast's choice
};
struct Batch {
  std::vector<VoteToRecord> votes;
  /// Positions to move on with this batch, from → to; none for the store's path. If one does not
  /// stand where the batch began, nothing is recorded and the report says `positions_moved`: a
  /// zombie's batch, or another worker was here; look the positions up again.
  struct Move {
    std::int64_t from_offset = 0;
    Position to;
  };
  /// Checked before anything else; carried out only if no vote is refused (a refused vote has to be
  /// a dead letter before a position may pass it). A move to where it began only checks.
  std::vector<Move> moves;
  /// Noted where the moves are carried out: what the positions pass besides votes. Those of unknown
  /// or final polls, and votes that were too late, are left out by the store.
  std::vector<ClosingRead> closings;
  std::vector<UndecidedVote> undecided;
  bool note_superseded = false;  // the worker: what is superseded is audited, once
};
struct BatchReport {
  bool positions_moved = false;         // nothing was recorded; the rest is empty
  bool moves_held = false;              // recorded, but a vote was refused: positions stay
  std::vector<RecordOutcome> outcomes;  // as many as votes, in their order
  std::vector<PollCounts> counts;       // of the polls touched
  std::vector<Poll> polls;              // those polls (times and settings, for the marks' lives)
};

/// A change (options) or a revocation (no options) of a ballot that stands.
struct ChangeVote {
  CastVote vote;
};
struct ChangeReport {
  StandingVote standing;
  PollCounts counts;
  bool repeated = false;  // this very request was applied before: the first answer again
};

struct AuditEntry {
  std::int64_t log_id = 0;
  PollId poll;
  UserId user;
  std::string action;  // cast, changed, revoked, superseded
  std::vector<OptionId> old_options;
  std::vector<OptionId> new_options;
  RequestId request;
  Time at;
  std::string ip;
  std::string user_agent;
};

/// What an auditor, an admin or an operator did that no vote's own entry tells.
struct OperatorAction {
  std::int64_t action_id = 0;  // given by the store
  Time at;                     // likewise, by its clock
  std::string actor;           // a user's id, or "os:root": who runs a tool at the store itself
  std::string action;          // audit_read, exported, imported, requeued, dropped, …
  std::optional<PollId> poll;
  std::optional<UserId> user;  // whose vote it was about
  std::optional<RequestId> request;
  std::string ip;  // empty of a tool at the store
  std::string detail;
};

/// What the store knows of a request apart from a ballot.
struct RequestTrace {
  bool undecided = false;  // a position has passed it, and it may still count
  bool dropped = false;    // an operator has dropped it, and no copy of it is undecided
};

/// A poll that is over and all of its ballots, to be added as they are.
struct PollImport {
  /// Its id and its options' are kept. It becomes final: nothing can change it.
  Poll poll;
  /// Goes back to the first ballot; called before the first `next`, and again where the transaction
  /// has to be tried again. Both run on a thread of the store.
  std::function<void()> rewind;
  /// The next ballot; nothing: no more. An error ends the import.
  std::function<Result<std::optional<VoterBallot>>()> next;
  OperatorAction note;  // for the operators' log, in the same transaction
};

/// An API process's lease (ingest/poll_copies.h).
struct Lease {
  std::string name;                    // host:port, or [api] name
  UserId holder;                       // the process, so a restart under the same name takes over
  std::uint64_t applied_revision = 0;  // every poll change up to this is known to the API by now
  Duration length{};
  bool takes_over = true;  // also from another holder: a start. Else that one keeps it
  /// Of the queue into which this API acknowledges votes; empty: into none. Kept for good.
  std::string topic = {};
};
struct LeaseInfo {
  std::string name;
  Time renewed_at;
  Time expires_at;
};
struct Renewal {
  Time store_time;
  /// Of the store, in this transaction. It counts on in a greater incarnation where the store was
  /// set back, for the same number would mean other changes.
  std::uint64_t revision = 0;
  std::vector<PollId> changed;  // with a revision above the lease's applied_revision
  bool set_back = false;        // the lease's is not of this store: `changed` are all there are
  bool displaced = false;       // another process holds the lease of this name: not renewed
};

class Store {
 public:
  virtual ~Store() = default;

  // Accounts. A name or e-mail that is taken: name_taken.
  virtual void add_user(UserRecord user, Completion<Result<User>> done) = 0;
  /// By e-mail or username; not_found.
  virtual void find_user(std::string login, Completion<Result<UserRecord>> done) = 0;
  virtual void user(UserId id, Completion<Result<User>> done) = 0;
  virtual void users(std::string cursor, std::size_t limit, Completion<Result<UserPage>> done) = 0;
  virtual void set_user(UserId id, std::optional<Role> role, std::optional<bool> verified,
                        Completion<Result<User>> done) = 0;

  // Polls. Times made "now" are the store's: of a new poll the creation and, where it is not set,
  // the start. So is its grace, which it keeps. A user or poll added again with its id answers with
  // what stands.
  virtual void add_poll(Poll poll, Completion<Result<Poll>> done) = 0;
  virtual void poll(PollId id, Completion<Result<Poll>> done) = 0;
  virtual void polls(PollFilter filter, Completion<Result<PollPage>> done) = 0;
  virtual void revise_poll(PollId id, PollRevision revise, Completion<Result<Poll>> done) = 0;
  virtual void delete_poll(PollId id, PollCheck check, Completion<Result<Done>> done) = 0;

  // Votes.
  /// One transaction: votes, audit, counters and positions, or nothing. Data that the store cannot
  /// take answers invalid_input for the whole batch; the worker splits it.
  virtual void record(Batch batch, Completion<Result<BatchReport>> done) = 0;
  /// vote_pending: no ballot yet. change_not_allowed, poll_not_active, invalid_option,
  /// idempotency_key_reused as the names say; no_vote: revoked already. Applied once for its (poll,
  /// voter, request): again, also after the end, it gets its first answer. A key means one request,
  /// cast or change; a change of a revoked ballot makes it count again.
  virtual void change(ChangeVote change, Completion<Result<ChangeReport>> done) = 0;
  virtual void vote_of(PollId poll, UserId voter,
                       Completion<Result<std::optional<StandingVote>>> done) = 0;
  virtual void counts(PollId poll, Completion<Result<PollCounts>> done) = 0;
  /// Ballots behind the voter `after` (nothing: from the first), in order of voters.
  virtual void ballots(PollId poll, std::optional<UserId> after, std::size_t limit,
                       Completion<Result<std::vector<VoterBallot>>> done) = 0;
  /// One transaction: the poll, its ballots with their counters and an audit entry each, and the
  /// note; or nothing, where the answer is an error: name_taken (the poll is there already),
  /// invalid_option, already_voted (a voter's second ballot), invalid_input (the poll), or what
  /// `next` gave. Answers with the counts.
  virtual void import_poll(PollImport import, Completion<Result<PollCounts>> done) = 0;
  /// Entries after `after`, in order of log_id.
  virtual void audit(PollId poll, std::int64_t after, std::size_t limit,
                     Completion<Result<std::vector<AuditEntry>>> done) = 0;

  // Operators.
  /// Appends to their log, for good. What has to be logged is done only once this has succeeded.
  virtual void note(OperatorAction action, Completion<Result<Done>> done) = 0;
  /// Entries after `after`, in order of action_id; those of one poll, or all.
  virtual void operator_actions(std::optional<PollId> poll, std::int64_t after, std::size_t limit,
                                Completion<Result<std::vector<OperatorAction>>> done) = 0;
  virtual void trace_of(PollId poll, UserId voter, RequestId request,
                        Completion<Result<RequestTrace>> done) = 0;

  virtual void positions(std::string topic, Completion<Result<std::vector<Position>>> done) = 0;

  // The end of a poll (reconcile/reconcile.h). Only `finalise` makes results final; from then on no
  // call changes anything of the poll: record answers Recorded::final, the others poll_final.
  /// Polls that are published and not final, in order of id, those after `after`.
  virtual void unfinished(PollId after, std::size_t limit,
                          Completion<Result<std::vector<Poll>>> done) = 0;
  /// Decides the cut-off of polls closed by hand that each lease knows of that has not run out.
  virtual void decide_cutoffs(Completion<Result<Done>> done) = 0;
  virtual void end_of_poll(PollId poll, std::string topic, Completion<Result<EndOfPoll>> done) = 0;
  /// A closing message was appended there. Nothing to note where the results are final by now.
  virtual void note_closing(PollId poll, std::string topic, Appended place,
                            Completion<Result<Done>> done) = 0;
  /// Makes the results final if `counted` are the poll's counters, closing messages were read of
  /// all `partitions` of the topic past EndOfPoll::closed_after, and nothing holds it back. Votes
  /// may wait in no other topic: of a lease, or of a position. Without a queue topic and partitions
  /// are empty.
  virtual void finalise(PollId poll, std::string topic, std::vector<std::int32_t> partitions,
                        PollCounts counted, Completion<Result<Finality>> done) = 0;
  /// Takes an operator's word on a dead letter, or on an undecided vote as end_of_poll tells it.
  /// `dropped`: in the state that `vote` says it holds its poll back no more; in another it does as
  /// before, for somebody else sent it round again meanwhile. Call it before the letter is removed,
  /// so that none is removed that still holds. `requeued`: call it
  /// before it is appended again with its kFirstStampHeader; from now on it holds its poll back,
  /// also if nothing was known of it, until a worker has read it. `kept`: it certainly could not be
  /// appended, and is what `vote` says, as before.
  virtual void settle(UndecidedVote vote, Settlement settlement, Completion<Result<Done>> done) = 0;

  /// Topics in which votes for this store may wait.
  virtual void topics(Completion<Result<std::vector<std::string>>> done) = 0;
  /// An operator's word that all of this topic has been processed and that it is gone for good: it
  /// and its positions are known no more. One transaction with the note; not_found.
  virtual void forget_topic(std::string topic, OperatorAction note,
                            Completion<Result<Done>> done) = 0;

  // Recounts.
  /// Counts the poll's ballots and its audit log as they were at one moment, in short reads that
  /// keep nobody from voting.
  virtual void recount(PollId poll, Completion<Result<Recount>> done) = 0;
  /// Moves the counters by what they were apart from the ballots, whatever was counted since, and
  /// gives them a version above the old one and `version_above`. Nothing: they were repaired since
  /// that recount, count again.
  virtual void repair(Recount recount, std::uint64_t version_above,
                      Completion<Result<std::optional<PollCounts>>> done) = 0;
  /// Up to kDanglingShownMax polls.
  virtual void dangling(Completion<Result<std::vector<DanglingVotes>>> done) = 0;

  // Leases.
  /// Takes or renews, and in the same transaction decides the cut-off of polls closed by hand that
  /// every lease now knows of.
  virtual void renew(Lease lease, Completion<Result<Renewal>> done) = 0;
  virtual void give_back(std::string name, UserId holder, Completion<Result<Done>> done) = 0;
  virtual void leases(Completion<Result<std::vector<LeaseInfo>>> done) = 0;
  /// An operator's word that this API is gone for good; not_found.
  virtual void forget_lease(std::string name, Completion<Result<Done>> done) = 0;
};

}  // namespace vote
