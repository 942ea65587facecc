#pragma once
// The store on one SQLite file. Writes share transactions on one writer's thread (group commit);
// reads run on a thread with a connection of its own, many waiting ones in one read transaction.
// Completions run on those threads. The store's time is `clock` inside the transaction. Whoever
// destroys it makes no calls any more; what is waiting is finished first.
#include <memory>
#include <string>

#include "runtime/clock.h"
#include "store/sqlite/transactions.h"
#include "store/store.h"

namespace vote {

class RecountWalk;

class SqliteStore final : public Store {
 public:
  static constexpr std::size_t kJobsPerTransactionMax = 2'000;
  static constexpr std::size_t kJobsWaitingMax = 20'000;  // beyond: unavailable at once
  static constexpr std::size_t kReadsWaitingMax = 50'000;
  static constexpr std::size_t kReadsPerSnapshotMax = 500;
  static constexpr std::size_t kCheckpointPages = 2'000;    // of the log, 4 KiB each
  static constexpr std::size_t kPageSizeMax = 200;          // polls or users on a page of a list
  static constexpr std::size_t kPollsLookedAtMax = 10'000;  // for one page; the cursor goes on
  static constexpr std::size_t kEntriesMax = 10'000;        // of a log, or ballots, in one answer
  // Of a recount: the reads of others, and checkpoints, wait for no more than one snapshot. A
  // checkpoint tries each millisecond whether the snapshot has gone, so the next one comes later.
  static constexpr std::size_t kRecountRowsPerSnapshot = 10'000;
  static constexpr Duration kRecountPause = std::chrono::milliseconds(2);
  static constexpr Duration kLeaseKeptFor = std::chrono::hours(24);  // after it has run out

  /// Needs the file's schema (sqlite::migrate(…, "store")); throws sqlite::DatabaseError. `grace`:
  /// [polls] grace, Poll::grace of polls that are added.
  SqliteStore(const std::string& path, const Clock& clock, Duration grace);
  /// On transactions of a database that has the schema.
  SqliteStore(std::unique_ptr<Transactions> transactions, const Clock& clock, Duration grace);
  ~SqliteStore() override;

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
  /// Runs `step(connection) → Result<T>` in a write transaction, `done` after its commit.
  template <class T, class Step>
  void write(Step step, Completion<Result<T>> done);
  /// Runs `step(connection) → Result<T>` in a read transaction.
  template <class T, class Step>
  void read(Step step, Completion<Result<T>> done);

  void go_on(const std::shared_ptr<RecountWalk>& walk, Completion<Result<Recount>> done);

  const Clock& clock_;
  const Duration grace_;
  const std::unique_ptr<Transactions> transactions_;
};

}  // namespace vote
