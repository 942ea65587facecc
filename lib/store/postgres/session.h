#pragma once
// What a step of the store works with: a transaction, and the polls that its lane has read. The
// steps of accounts.cpp, polls.cpp, … are functions of it; each runs inside a transaction that
// postgres_store.cpp has begun, and writes nothing before it has decided: a step that answers with
// an Error has changed nothing. Internal to store/postgres/.
#include <any>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "postgres/connection.h"
#include "store/store.h"

namespace vote::postgres {

/// A poll and the number by which the rows of its votes know it.
struct NumberedPoll {
  Poll poll;
  std::int64_t number = 0;
};

class Session {
 public:
  /// `kept`: the lane's, empty at first.
  Session(Transaction& transaction, std::any& kept);

  Rows run(const std::string& sql, const Params& params = {}) {
    return transaction_.run(sql, params);
  }
  /// A poll with its options; kept while the server and the store's revision are the same. Null: no
  /// such poll. Valid until the transaction ends or changes a poll.
  const NumberedPoll* poll(PollId id);
  /// After a change of a poll in this transaction.
  void forget_polls();

 private:
  static constexpr std::size_t kPollsKeptMax = 1'000;

  struct Polls {
    std::unordered_map<PollId, NumberedPoll> by_id;
    std::uint64_t revision = 0;  // 0: what is kept goes with this transaction
    // One that took another's place, or was restored, may have come to a revision by other changes.
    std::string server_started;
  };
  void look_at_revision();

  Transaction& transaction_;
  Polls& polls_;
  bool has_looked_ = false;
};

/// Thrown by a step that has written and must be undone: its transaction is rolled back, and its
/// call answered with the error.
struct Undone : std::runtime_error {
  explicit Undone(const Error& reason) : std::runtime_error(reason.detail), error(reason) {}
  Error error;
};

/// The store's clock.
Time now(Session& session);

// accounts.cpp
Result<User> add_user(Session& session, const UserRecord& record);
Result<UserRecord> find_user(Session& session, const std::string& login);
Result<User> find_user(Session& session, UserId id);
Result<UserPage> list_users(Session& session, const std::string& cursor, std::size_t limit);
Result<User> set_user(Session& session, UserId id, std::optional<Role> role,
                      std::optional<bool> verified);

// polls.cpp
std::optional<NumberedPoll> read_poll(Session& session, PollId id);
Result<Poll> find_poll(Session& session, PollId id);
Result<Poll> add_poll(Session& session, Poll poll);
Result<PollPage> list_polls(Session& session, const PollFilter& filter);
Result<Poll> revise_poll(Session& session, PollId id, const PollRevision& revise);
Result<Done> delete_poll(Session& session, PollId id, const PollCheck& check);
/// The poll's row, new or in place of the old one, with the store's next revision; with the
/// revision locked.
void write_poll(Session& session, Poll& poll);
/// Its options, with counters of zero.
void write_options(Session& session, const Poll& poll);
/// Rows of polls, for a condition behind it.
inline constexpr const char* kPollRows = "SELECT *, version_base() FROM poll_rows";
/// Of such rows, in their order.
std::vector<Poll> polls_of(const Rows& rows);
/// What the store's incarnation adds to versions and revisions: columns have them without.
std::uint64_t version_base(Session& session);
std::int64_t read_revision(Session& session);
/// The store's revision, kept from changing until this transaction ends: whoever changes a poll or
/// a lease, or decides by them, does so alone.
std::int64_t lock_revision(Session& session);
/// Makes it one greater.
std::int64_t next_revision(Session& session);
Error no_such_poll(PollId id);
Error results_are_final(PollId id);

// choices.cpp
/// Option positions (1 and up) in ascending order, as hex digits: what '\x' makes a bytea of. An
/// option that the poll has not is nothing.
std::optional<std::string> choices_of(const Poll& poll, const std::vector<OptionId>& options);
/// The indices (0 and up) of hex digits.
std::vector<std::size_t> indices_of(std::string_view choices);
std::vector<OptionId> options_of(const Poll& poll, std::string_view choices);

// arrays.cpp
/// Builds the text of a PostgreSQL array.
class Array {
 public:
  Array& add(std::string_view text);  // any text, quoted where it has to be
  Array& add(std::int64_t number);
  Array& add_id(const Uuid& id);
  Array& add_null();
  /// A choice, as choices_of gives it.
  Array& add_choices(const std::optional<std::string>& choices);
  template <class Kind>
  Array& add(const Id<Kind>& id) {
    return add_id(id.uuid);
  }
  template <class T>
  Array& add(const std::optional<T>& value) {
    return value ? add(*value) : add_null();
  }
  Array& add(Time time) { return add(microseconds_of(time)); }
  std::string text() const { return text_ + "}"; }

 private:
  void separate();
  std::string text_ = "{";
};
/// An address as inet takes it; nothing where it is none.
std::optional<std::string> address_of(const std::string& ip);

// counters.cpp
Result<PollCounts> find_counts(Session& session, PollId poll);
/// In the order asked.
std::vector<PollCounts> read_counts(Session& session,
                                    const std::vector<const NumberedPoll*>& polls);
PollCounts read_counts(Session& session, const NumberedPoll& poll);

// votes.cpp
/// Several batches in one transaction; an answer each. Only batches without positions are handed in
/// together.
std::vector<Result<BatchReport>> record(Session& session, const std::vector<const Batch*>& batches);

// changes.cpp
/// Changes of different (poll, voter); an answer each.
std::vector<Result<ChangeReport>> change(Session& session,
                                         const std::vector<const CastVote*>& votes);

// ballots.cpp
Result<std::optional<StandingVote>> read_vote(Session& session, PollId poll, UserId voter);
Result<std::vector<VoterBallot>> read_ballots(Session& session, PollId poll,
                                              std::optional<UserId> after, std::size_t limit);

// audit.cpp
Result<std::vector<AuditEntry>> read_audit(Session& session, PollId poll, std::int64_t after,
                                           std::size_t limit);

// operators.cpp
Result<Done> note(Session& session, const OperatorAction& action);
Result<std::vector<OperatorAction>> read_operator_actions(Session& session,
                                                          const std::optional<PollId>& poll,
                                                          std::int64_t after, std::size_t limit);
Result<RequestTrace> read_trace(Session& session, PollId poll, UserId voter, RequestId request);

// import.cpp
/// Throws Undone where it refuses a ballot.
Result<PollCounts> import_poll(Session& session, const PollImport& import);

// positions.cpp
Result<std::vector<Position>> read_positions(Session& session, const std::string& topic);
bool positions_stand(Session& session, const std::vector<Batch::Move>& moves);
void move_positions(Session& session, const std::vector<Batch::Move>& moves);

// closing.cpp
/// Of which partitions of which topic a closing message is to have been read.
struct ClosedLog {
  std::string topic;
  std::vector<std::int32_t> partitions;
};
Result<std::vector<Poll>> list_unfinished(Session& session, PollId after, std::size_t limit);
Result<EndOfPoll> read_end(Session& session, PollId poll, const std::string& topic);
Result<Done> note_closing_sent(Session& session, PollId poll, const std::string& topic,
                               const Appended& place);
void note_closings_read(Session& session, const std::vector<ClosingRead>& closings);
/// Topics in which votes may wait.
std::vector<std::string> list_topics(Session& session);
Result<Done> forget_topic(Session& session, const std::string& topic, const OperatorAction& action);
Result<Finality> finalise(Session& session, PollId poll, const ClosedLog& closed,
                          const PollCounts& counted);

// undecided.cpp
void note_undecided(Session& session, const std::vector<UndecidedVote>& votes);
/// Those that hold the poll back, of votes stamped no later than `in_time`.
std::uint64_t count_holding(Session& session, PollId poll, Time in_time);
std::vector<UndecidedVote> read_holding(Session& session, PollId poll, Time in_time);
Result<Done> settle(Session& session, UndecidedVote vote, Settlement settlement);

// recount.cpp
/// In a snapshot.
Result<Recount> recount(Session& session, PollId poll);
Result<std::vector<DanglingVotes>> list_dangling(Session& session);

// repair.cpp
Result<std::optional<PollCounts>> repair_counts(Session& session, const Recount& recount,
                                                std::uint64_t version_above);

// leases.cpp
Result<Renewal> renew(Session& session, const Lease& lease);
Result<Done> give_back(Session& session, const std::string& name, UserId holder);
Result<std::vector<LeaseInfo>> list_leases(Session& session);
Result<Done> forget_lease(Session& session, const std::string& name);
/// Decides the cut-off of every poll closed by hand that each running lease knows of. With the
/// revision locked.
void decide_cutoffs(Session& session, Time now);

}  // namespace vote::postgres
