#pragma once
// The store on PostgreSQL 15 and later. Calls that wait at the same moment share transactions:
// votes to be recorded on one thread with a connection of its own, changes on another, other writes
// and reads on theirs. Connections are opened when they are needed and opened anew after they
// broke; while the server is out of reach, calls answer `unavailable` at once. Completions run on
// those threads. The store's time is the server's, taken inside the transaction. Whoever destroys
// it makes no calls any more; what is waiting is finished first.
#include <memory>
#include <string>

#include "postgres/lane.h"
#include "store/store.h"

namespace vote {

class PostgresStore final : public Store {
 public:
  // Of one statement: what is longer is unavailable, and marks outlive it (ingest/ballots.h).
  static constexpr Duration kStatementTimeMax = std::chrono::seconds(4);
  static constexpr Duration kLongStatementTimeMax = std::chrono::minutes(10);  // recount, import
  static constexpr std::size_t kVotesPerTransactionMax = 2'000;  // of batches put together
  static constexpr std::size_t kChangesPerTransactionMax = 200;
  static constexpr std::size_t kCallsWaitingMax = 20'000;  // of each kind; beyond: unavailable
  static constexpr std::size_t kPageSizeMax = 200;         // polls or users on a page of a list
  static constexpr std::size_t kPollsReadAtOnce = 200;
  static constexpr std::size_t kPollsLookedAtMax = 10'000;    // for one page; the cursor goes on
  static constexpr std::size_t kEntriesMax = 10'000;          // of a log, or ballots, in one answer
  static constexpr std::size_t kBallotsPerStatement = 5'000;  // of an import
  static constexpr Duration kLeaseKeptFor = std::chrono::hours(24);  // after it has run out

  struct Settings {
    std::string url;
    std::string read_url;  // of a replica, for what may lag (lists, logs, exports); empty: none
    Duration grace{};      // [polls] grace, Poll::grace of polls that are added
  };
  /// Needs the schema (postgres::migrate(…, "store")); throws postgres::DatabaseError. A replica
  /// that does not answer is no error, here or later: the primary is asked instead.
  explicit PostgresStore(const Settings& settings);
  ~PostgresStore() override;

  void add_user(UserRecord user, Completion<Result<User>> done) override;
  void find_user(std::string login, Completion<Result<UserRecord>> done) override;
  void user(UserId id, Completion<Result<User>> done) override;
  void users(std::string cursor, std::size_t limit, Completion<Result<UserPage>> done) override;
  void set_user(UserId id, std::optional<Role> role, std::optional<bool> verified,
                Completion<Result<User>> done) override;
  void add_poll(Poll poll, Completion<Result<Poll>> done) override;
  void poll(PollId id, Completion<Result<Poll>> done) override;
  void polls(PollFilter filter, Completion<Result<PollPage>> done) override;
  void revise_poll(PollId id, PollRevision revise, Completion<Result<Poll>> done) override;
  void delete_poll(PollId id, PollCheck check, Completion<Result<Done>> done) override;
  void record(Batch batch, Completion<Result<BatchReport>> done) override;
  void change(ChangeVote change, Completion<Result<ChangeReport>> done) override;
  void vote_of(PollId poll, UserId voter,
               Completion<Result<std::optional<StandingVote>>> done) override;
  void counts(PollId poll, Completion<Result<PollCounts>> done) override;
  void ballots(PollId poll, std::optional<UserId> after, std::size_t limit,
               Completion<Result<std::vector<VoterBallot>>> done) override;
  void import_poll(PollImport import, Completion<Result<PollCounts>> done) override;
  void audit(PollId poll, std::int64_t after, std::size_t limit,
             Completion<Result<std::vector<AuditEntry>>> done) override;
  void note(OperatorAction action, Completion<Result<Done>> done) override;
  void operator_actions(std::optional<PollId> poll, std::int64_t after, std::size_t limit,
                        Completion<Result<std::vector<OperatorAction>>> done) override;
  void trace_of(PollId poll, UserId voter, RequestId request,
                Completion<Result<RequestTrace>> done) override;
  void positions(std::string topic, Completion<Result<std::vector<Position>>> done) override;
  void unfinished(PollId after, std::size_t limit,
                  Completion<Result<std::vector<Poll>>> done) override;
  void decide_cutoffs(Completion<Result<Done>> done) override;
  void end_of_poll(PollId poll, std::string topic, Completion<Result<EndOfPoll>> done) override;
  void note_closing(PollId poll, std::string topic, Appended place,
                    Completion<Result<Done>> done) override;
  void finalise(PollId poll, std::string topic, std::vector<std::int32_t> partitions,
                PollCounts counted, Completion<Result<Finality>> done) override;
  void settle(UndecidedVote vote, Settlement settlement, Completion<Result<Done>> done) override;
  void topics(Completion<Result<std::vector<std::string>>> done) override;
  void forget_topic(std::string topic, OperatorAction note, Completion<Result<Done>> done) override;
  void recount(PollId poll, Completion<Result<Recount>> done) override;
  void repair(Recount recount, std::uint64_t version_above,
              Completion<Result<std::optional<PollCounts>>> done) override;
  void dangling(Completion<Result<std::vector<DanglingVotes>>> done) override;
  void renew(Lease lease, Completion<Result<Renewal>> done) override;
  void give_back(std::string name, UserId holder, Completion<Result<Done>> done) override;
  void leases(Completion<Result<std::vector<LeaseInfo>>> done) override;
  void forget_lease(std::string name, Completion<Result<Done>> done) override;

 private:
  struct Lanes;

  template <class T, class Step>
  void write(Step step, Completion<Result<T>> done);
  template <class T, class Step>
  void read(Step step, Completion<Result<T>> done);
  /// Of the replica, where there is one that answers.
  template <class T, class Step>
  void read_what_may_lag(Step step, Completion<Result<T>> done);

  Duration grace_;
  std::unique_ptr<Lanes> lanes_;
};

}  // namespace vote
