#pragma once
// What the store keeps with each SQLite connection: its prepared statements by their SQL, and the
// polls it has read. The steps of accounts.cpp, polls.cpp, … are functions of it; each runs inside
// a transaction that sqlite_store.cpp has begun, and writes nothing before it has decided: a step
// that answers with an Error has changed nothing. Internal to store/sqlite/.
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sqlite/database.h"
#include "store/store.h"

namespace vote {

class StoreConnection final : public sqlite::Database::Kept {
 public:
  explicit StoreConnection(sqlite::Database& database);

  /// Prepared at its first use. `sql` is a literal: statements are found by its address.
  sqlite::Statement& statement(const char* sql);
  sqlite::Database& database() { return database_; }

  /// A poll with its options; kept while the store's revision and incarnation are the same. Null:
  /// no such poll. Valid until the transaction ends or changes a poll.
  const Poll* poll(PollId id);
  /// After a change of a poll in this transaction.
  void forget_polls();

 private:
  static constexpr std::size_t kPollsKeptMax = 1'000;
  // Votes come in no order of their keys: a batch of 2,000 touches as many pages, and those that do
  // not fit are written twice. Of the writing connection alone, grown as it is used.
  static constexpr int kWriterCacheKibibytes = 32'768;

  void look_at_revision();

  sqlite::Database& database_;
  std::unordered_map<const char*, sqlite::Statement> statements_;
  std::unordered_map<PollId, Poll> polls_;
  std::uint64_t polls_transaction_ = 0;  // in which polls_revision_ was looked at
  std::uint64_t polls_revision_ = 0;     // 0: what is kept goes with this transaction
};

/// Ends the statement's use at the end of the scope, also where a step throws.
class Use {
 public:
  explicit Use(sqlite::Statement& statement) : statement_(statement) {}
  ~Use() { statement_.reset(); }
  Use(const Use&) = delete;
  sqlite::Statement* operator->() { return &statement_; }
  sqlite::Statement& operator*() { return statement_; }

 private:
  sqlite::Statement& statement_;
};

/// An id from a column of sixteen bytes.
template <class SomeId>
SomeId id_of(const sqlite::Statement& row, int column) {
  return SomeId::of_bytes(row.blob(column)).value_or(SomeId{});
}
template <class SomeId>
std::optional<SomeId> id_or_nothing(const sqlite::Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return id_of<SomeId>(row, column);
}
template <class SomeId>
void bind_id_or_null(sqlite::Statement& row, int index, const std::optional<SomeId>& id) {
  if (id)
    row.bind_blob(index, id->raw());
  else
    row.bind_null(index);
}
std::optional<Time> time_or_nothing(const sqlite::Statement& row, int column);
void bind_time_or_null(sqlite::Statement& statement, int index, const std::optional<Time>& time);

// accounts.cpp
Result<User> add_user(StoreConnection& connection, const UserRecord& record, Time now);
Result<UserRecord> find_user(StoreConnection& connection, const std::string& login);
Result<User> find_user(StoreConnection& connection, UserId id);
Result<UserPage> list_users(StoreConnection& connection, const std::string& cursor,
                            std::size_t limit);
Result<User> set_user(StoreConnection& connection, UserId id, std::optional<Role> role,
                      std::optional<bool> verified);

// polls.cpp
std::optional<Poll> read_poll(StoreConnection& connection, PollId id);
Result<Poll> find_poll(StoreConnection& connection, PollId id);
Result<Poll> add_poll(StoreConnection& connection, Poll poll, Time now);
Result<PollPage> list_polls(StoreConnection& connection, const PollFilter& filter, Time now);
Result<Poll> revise_poll(StoreConnection& connection, PollId id, const PollRevision& revise,
                         Time now);
Result<Done> delete_poll(StoreConnection& connection, PollId id, const PollCheck& check, Time now);
std::int64_t read_revision(StoreConnection& connection);
/// Makes the store's revision one greater; for whoever changes a poll.
std::int64_t next_revision(StoreConnection& connection);
Error no_such_poll(PollId id);
Error results_are_final(PollId id);

// votes.cpp
Result<BatchReport> record(StoreConnection& connection, const Batch& batch, Time now);

// ballots.cpp
/// A voter's row in `votes`.
struct Ballot {
  RequestId request;                        // the cast's
  std::string choices;                      // as it stands
  std::optional<std::string> cast_choices;  // as cast, once it has been changed
  std::uint32_t revision = 0;
  Time cast_at;

  const std::string& as_cast() const { return cast_choices ? *cast_choices : choices; }
};
std::optional<Ballot> read_ballot(StoreConnection& connection, PollId poll, UserId voter);
Result<std::optional<StandingVote>> read_vote(StoreConnection& connection, PollId poll,
                                              UserId voter);

Result<std::vector<VoterBallot>> read_ballots(StoreConnection& connection, PollId poll,
                                              std::optional<UserId> after, std::size_t limit);

// import.cpp
/// Thrown by a step that has written and must be undone: its transaction is rolled back, and its
/// call answered with the error.
struct Undone : std::runtime_error {
  explicit Undone(const Error& reason) : std::runtime_error(reason.detail), error(reason) {}
  Error error;
};
/// Throws Undone where it refuses a ballot.
Result<PollCounts> import_poll(StoreConnection& connection, const PollImport& import, Time now);

// positions.cpp
Result<std::vector<Position>> read_positions(StoreConnection& connection, const std::string& topic);
bool positions_stand(StoreConnection& connection, const std::vector<Batch::Move>& moves);
void move_positions(StoreConnection& connection, const std::vector<Batch::Move>& moves);

// changes.cpp
Result<ChangeReport> change(StoreConnection& connection, const CastVote& vote, Time now);

// audit.cpp
/// Appends an entry; choices are null where there are none.
struct AuditLine {
  const char* action;
  const std::string* old_choices = nullptr;
  const std::string* new_choices = nullptr;
  Time at;
};
/// Does nothing where this request has an entry already that is not of a cast.
void write_audit(StoreConnection& connection, const CastVote& vote, const AuditLine& line);
Result<std::vector<AuditEntry>> read_audit(StoreConnection& connection, PollId poll,
                                           std::int64_t after, std::size_t limit);

// operators.cpp
Result<Done> note(StoreConnection& connection, const OperatorAction& action, Time now);
Result<std::vector<OperatorAction>> read_operator_actions(StoreConnection& connection,
                                                          const std::optional<PollId>& poll,
                                                          std::int64_t after, std::size_t limit);
bool was_dropped(StoreConnection& connection, PollId poll, UserId voter, RequestId request);

// counters.cpp
/// Adds up what a transaction does to the counters, then writes one update per option.
class CounterChanges {
 public:
  /// Its counts are asked for, whether or not they change.
  void touch(const Poll& poll);
  /// `sign`: +1 or -1 for each option of the ballot, and for the ballot if it is not empty.
  void add(const Poll& poll, std::string_view choices, std::int64_t sign);
  /// In the order of polls and positions; then the new absolute counts of the polls touched.
  std::vector<PollCounts> write(StoreConnection& connection);

 private:
  struct Change {
    const Poll* poll = nullptr;
    bool changed = false;
    std::int64_t ballots = 0;
    std::vector<std::int64_t> options;  // by index
  };
  void write(StoreConnection& connection, const Change& change);

  std::map<PollId, Change> polls_;
  Change* last_ = nullptr;  // batches are mostly of one poll
};
PollCounts read_counts(StoreConnection& connection, const Poll& poll);
Result<PollCounts> find_counts(StoreConnection& connection, PollId poll);
/// Rows of zeros, as many as the poll has options.
void reset_counts(StoreConnection& connection, const Poll& poll);

// choices.cpp
/// '[1,3]', positions from 1 in ascending order. An option that the poll has not is position 0, so
/// that such a choice equals none that stands.
std::string choices_text(const Poll& poll, const std::vector<OptionId>& options);
std::vector<std::size_t> indices_of(std::string_view choices);
std::vector<OptionId> options_of(const Poll& poll, std::string_view choices);

/// What the store's incarnation adds to versions and revisions: columns have them without.
std::uint64_t version_base(StoreConnection& connection);
/// Of a counts' version, the part that this store has counted; 0 where it is another incarnation's.
std::int64_t transactions_of(StoreConnection& connection, std::uint64_t version);

// repair.cpp
std::uint64_t read_repairs(StoreConnection& connection, PollId poll);
Result<std::optional<PollCounts>> repair_counts(StoreConnection& connection, const Recount& recount,
                                                std::uint64_t version_above);

// closing.cpp
/// Of which partitions of which topic a closing message is to have been read.
struct ClosedLog {
  std::string topic;
  std::vector<std::int32_t> partitions;
};
Result<std::vector<Poll>> list_unfinished(StoreConnection& connection, PollId after,
                                          std::size_t limit);
Result<EndOfPoll> read_end(StoreConnection& connection, PollId poll, const std::string& topic,
                           Time now);
Result<Done> note_closing_sent(StoreConnection& connection, PollId poll, const std::string& topic,
                               const Appended& place);
void note_closings_read(StoreConnection& connection, const std::vector<ClosingRead>& closings);
/// Topics in which votes may wait.
std::vector<std::string> list_topics(StoreConnection& connection);
Result<Done> forget_topic(StoreConnection& connection, const std::string& topic,
                          const OperatorAction& note, Time now);
Result<Finality> finalise(StoreConnection& connection, PollId poll, const ClosedLog& closed,
                          const PollCounts& counted, Time now);

// undecided.cpp
void note_undecided(StoreConnection& connection, const std::vector<UndecidedVote>& votes);
/// Those that hold the poll back, of votes stamped no later than `in_time`.
std::uint64_t count_holding(StoreConnection& connection, PollId poll, Time in_time);
std::vector<UndecidedVote> read_holding(StoreConnection& connection, PollId poll, Time in_time);
/// Whether it may still count; see RequestTrace.
bool is_undecided(StoreConnection& connection, PollId poll, UserId voter, RequestId request);
Result<Done> settle(StoreConnection& connection, UndecidedVote vote, Settlement settlement);

// recount.cpp
Result<std::vector<DanglingVotes>> list_dangling(StoreConnection& connection);

// leases.cpp
Result<Renewal> renew(StoreConnection& connection, const Lease& lease, Time now);
Result<Done> give_back(StoreConnection& connection, const std::string& name, UserId holder,
                       Time now);
Result<std::vector<LeaseInfo>> list_leases(StoreConnection& connection);
Result<Done> forget_lease(StoreConnection& connection, const std::string& name, Time now);
/// Decides the cut-off of every poll closed by hand that each running lease knows of.
void decide_cutoffs(StoreConnection& connection, Time now);

}  // namespace vote
