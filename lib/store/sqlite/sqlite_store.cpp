#include "store/sqlite/sqlite_store.h"

#include <exception>
#include <utility>

#include "store/sqlite/connection.h"
#include "store/sqlite/recount.h"

namespace vote {
namespace {

/// Only what the schema refused is the data's fault; all else is the store's own trouble.
Error error_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const Undone& undone) {
    return undone.error;
  } catch (const sqlite::DatabaseError& error) {
    const bool refused = error.kind() == sqlite::DatabaseError::Kind::constraint;
    if (refused) return {Code::invalid_input, "the store refuses the data", error.what()};
    return {Code::unavailable, "the store does not answer now: try again", error.what()};
  } catch (const std::exception& error) {
    return {Code::unavailable, "the store failed: try again", error.what()};
  } catch (...) {
    return {Code::unavailable, "the store failed: try again"};
  }
}

/// A step on its way through a thread. Its answer is made anew by each run.
template <class T, class Step>
sqlite::Job job_of(Step step, Completion<Result<T>> done) {
  struct Call {
    Step step;
    Completion<Result<T>> done;
    std::optional<Result<T>> answer;
  };
  auto call = std::make_shared<Call>(Call{std::move(step), std::move(done), std::nullopt});
  return {[call](sqlite::Database& database) {
            call->answer = call->step(database.kept<StoreConnection>());
          },
          [call](const std::exception_ptr& failure) {
            if (failure)
              call->done(error_of(failure));
            else
              call->done(std::move(*call->answer));
          }};
}

}  // namespace

SqliteStore::SqliteStore(const std::string& path, const Clock& clock, Duration grace)
    : SqliteStore(open_transactions(path), clock, grace) {}

SqliteStore::SqliteStore(std::unique_ptr<Transactions> transactions, const Clock& clock,
                         Duration grace)
    : clock_(clock), grace_(grace), transactions_(std::move(transactions)) {}

SqliteStore::~SqliteStore() = default;

template <class T, class Step>
void SqliteStore::write(Step step, Completion<Result<T>> done) {
  transactions_->write(job_of<T>(std::move(step), std::move(done)));
}

template <class T, class Step>
void SqliteStore::read(Step step, Completion<Result<T>> done) {
  transactions_->read(job_of<T>(std::move(step), std::move(done)));
}

void SqliteStore::add_user(UserRecord user, Completion<Result<User>> done) {
  write<User>([this, user = std::move(user)](
                  StoreConnection& store) { return vote::add_user(store, user, clock_.now()); },
              std::move(done));
}

void SqliteStore::find_user(std::string login, Completion<Result<UserRecord>> done) {
  read<UserRecord>(
      [login = std::move(login)](StoreConnection& store) { return vote::find_user(store, login); },
      std::move(done));
}

void SqliteStore::user(UserId id, Completion<Result<User>> done) {
  read<User>([id](StoreConnection& store) { return vote::find_user(store, id); }, std::move(done));
}

void SqliteStore::users(std::string cursor, std::size_t limit, Completion<Result<UserPage>> done) {
  read<UserPage>([cursor = std::move(cursor),
                  limit](StoreConnection& store) { return list_users(store, cursor, limit); },
                 std::move(done));
}

void SqliteStore::set_user(UserId id, std::optional<Role> role, std::optional<bool> verified,
                           Completion<Result<User>> done) {
  write<User>([id, role, verified](
                  StoreConnection& store) { return vote::set_user(store, id, role, verified); },
              std::move(done));
}

void SqliteStore::add_poll(Poll poll, Completion<Result<Poll>> done) {
  poll.grace = grace_;
  write<Poll>([this, poll = std::move(poll)](
                  StoreConnection& store) { return vote::add_poll(store, poll, clock_.now()); },
              std::move(done));
}

void SqliteStore::poll(PollId id, Completion<Result<Poll>> done) {
  read<Poll>([id](StoreConnection& store) { return find_poll(store, id); }, std::move(done));
}

void SqliteStore::polls(PollFilter filter, Completion<Result<PollPage>> done) {
  read<PollPage>([this, filter = std::move(filter)](
                     StoreConnection& store) { return list_polls(store, filter, clock_.now()); },
                 std::move(done));
}

void SqliteStore::revise_poll(PollId id, PollRevision revise, Completion<Result<Poll>> done) {
  write<Poll>(
      [this, id, revise = std::move(revise)](StoreConnection& store) {
        return vote::revise_poll(store, id, revise, clock_.now());
      },
      std::move(done));
}

void SqliteStore::delete_poll(PollId id, PollCheck check, Completion<Result<Done>> done) {
  write<Done>(
      [this, id, check = std::move(check)](StoreConnection& store) {
        return vote::delete_poll(store, id, check, clock_.now());
      },
      std::move(done));
}

void SqliteStore::record(Batch batch, Completion<Result<BatchReport>> done) {
  write<BatchReport>(
      [this, batch = std::move(batch)](StoreConnection& store) {
        return vote::record(store, batch, clock_.now());
      },
      std::move(done));
}

void SqliteStore::change(ChangeVote change, Completion<Result<ChangeReport>> done) {
  write<ChangeReport>(
      [this, change = std::move(change)](StoreConnection& store) {
        return vote::change(store, change.vote, clock_.now());
      },
      std::move(done));
}

void SqliteStore::vote_of(PollId poll, UserId voter,
                          Completion<Result<std::optional<StandingVote>>> done) {
  read<std::optional<StandingVote>>(
      [poll, voter](StoreConnection& store) { return read_vote(store, poll, voter); },
      std::move(done));
}

void SqliteStore::counts(PollId poll, Completion<Result<PollCounts>> done) {
  read<PollCounts>([poll](StoreConnection& store) { return find_counts(store, poll); },
                   std::move(done));
}

void SqliteStore::ballots(PollId poll, std::optional<UserId> after, std::size_t limit,
                          Completion<Result<std::vector<VoterBallot>>> done) {
  read<std::vector<VoterBallot>>(
      [poll, after, limit](StoreConnection& store) {
        return read_ballots(store, poll, after, limit);
      },
      std::move(done));
}

void SqliteStore::import_poll(PollImport import, Completion<Result<PollCounts>> done) {
  import.poll.grace = grace_;
  write<PollCounts>(
      [this, import = std::move(import)](StoreConnection& store) {
        return vote::import_poll(store, import, clock_.now());
      },
      std::move(done));
}

void SqliteStore::audit(PollId poll, std::int64_t after, std::size_t limit,
                        Completion<Result<std::vector<AuditEntry>>> done) {
  read<std::vector<AuditEntry>>(
      [poll, after, limit](StoreConnection& store) {
        return read_audit(store, poll, after, limit);
      },
      std::move(done));
}

void SqliteStore::note(OperatorAction action, Completion<Result<Done>> done) {
  write<Done>([this, action = std::move(action)](
                  StoreConnection& store) { return vote::note(store, action, clock_.now()); },
              std::move(done));
}

void SqliteStore::operator_actions(std::optional<PollId> poll, std::int64_t after,
                                   std::size_t limit,
                                   Completion<Result<std::vector<OperatorAction>>> done) {
  read<std::vector<OperatorAction>>(
      [poll, after, limit](StoreConnection& store) {
        return read_operator_actions(store, poll, after, limit);
      },
      std::move(done));
}

void SqliteStore::trace_of(PollId poll, UserId voter, RequestId request,
                           Completion<Result<RequestTrace>> done) {
  read<RequestTrace>(
      [poll, voter, request](StoreConnection& store) {
        const bool undecided = is_undecided(store, poll, voter, request);
        return Result<RequestTrace>(
            {undecided, !undecided && was_dropped(store, poll, voter, request)});
      },
      std::move(done));
}

void SqliteStore::positions(std::string topic, Completion<Result<std::vector<Position>>> done) {
  read<std::vector<Position>>(
      [topic = std::move(topic)](StoreConnection& store) { return read_positions(store, topic); },
      std::move(done));
}

void SqliteStore::unfinished(PollId after, std::size_t limit,
                             Completion<Result<std::vector<Poll>>> done) {
  read<std::vector<Poll>>(
      [after, limit](StoreConnection& store) { return list_unfinished(store, after, limit); },
      std::move(done));
}

void SqliteStore::decide_cutoffs(Completion<Result<Done>> done) {
  write<Done>(
      [this](StoreConnection& store) {
        vote::decide_cutoffs(store, clock_.now());
        return Result<Done>(Done{});
      },
      std::move(done));
}

void SqliteStore::end_of_poll(PollId poll, std::string topic, Completion<Result<EndOfPoll>> done) {
  read<EndOfPoll>(
      [this, poll, topic = std::move(topic)](StoreConnection& store) {
        return read_end(store, poll, topic, clock_.now());
      },
      std::move(done));
}

void SqliteStore::note_closing(PollId poll, std::string topic, Appended place,
                               Completion<Result<Done>> done) {
  write<Done>([poll, topic = std::move(topic), place](
                  StoreConnection& store) { return note_closing_sent(store, poll, topic, place); },
              std::move(done));
}

void SqliteStore::finalise(PollId poll, std::string topic, std::vector<std::int32_t> partitions,
                           PollCounts counted, Completion<Result<Finality>> done) {
  write<Finality>(
      [this, poll, closed = ClosedLog{std::move(topic), std::move(partitions)},
       counted = std::move(counted)](StoreConnection& store) {
        return vote::finalise(store, poll, closed, counted, clock_.now());
      },
      std::move(done));
}

void SqliteStore::settle(UndecidedVote vote, Settlement settlement, Completion<Result<Done>> done) {
  write<Done>([vote = std::move(vote), settlement](
                  StoreConnection& store) { return vote::settle(store, vote, settlement); },
              std::move(done));
}

void SqliteStore::topics(Completion<Result<std::vector<std::string>>> done) {
  read<std::vector<std::string>>(
      [](StoreConnection& store) -> Result<std::vector<std::string>> { return list_topics(store); },
      std::move(done));
}

void SqliteStore::forget_topic(std::string topic, OperatorAction note,
                               Completion<Result<Done>> done) {
  write<Done>(
      [this, topic = std::move(topic), note = std::move(note)](StoreConnection& store) {
        return vote::forget_topic(store, topic, note, clock_.now());
      },
      std::move(done));
}

void SqliteStore::recount(PollId poll, Completion<Result<Recount>> done) {
  go_on(std::make_shared<RecountWalk>(poll), std::move(done));
}

/// One short snapshot after another, with the reads of others in between.
void SqliteStore::go_on(const std::shared_ptr<RecountWalk>& walk,
                        Completion<Result<Recount>> done) {
  read<bool>([walk](StoreConnection& store) { return walk->step(store, kRecountRowsPerSnapshot); },
             [this, walk, done = std::move(done)](Result<bool> finished) mutable {
               if (!finished) return done(finished.error());
               if (*finished) return done(walk->result());
               transactions_->rest(kRecountPause);
               go_on(walk, std::move(done));
             });
}

void SqliteStore::repair(Recount recount, std::uint64_t version_above,
                         Completion<Result<std::optional<PollCounts>>> done) {
  write<std::optional<PollCounts>>(
      [recount = std::move(recount), version_above](StoreConnection& store) {
        return repair_counts(store, recount, version_above);
      },
      std::move(done));
}

void SqliteStore::dangling(Completion<Result<std::vector<DanglingVotes>>> done) {
  read<std::vector<DanglingVotes>>([](StoreConnection& store) { return list_dangling(store); },
                                   std::move(done));
}

void SqliteStore::renew(Lease lease, Completion<Result<Renewal>> done) {
  write<Renewal>([this, lease = std::move(lease)](
                     StoreConnection& store) { return vote::renew(store, lease, clock_.now()); },
                 std::move(done));
}

void SqliteStore::give_back(std::string name, UserId holder, Completion<Result<Done>> done) {
  write<Done>(
      [this, name = std::move(name), holder](StoreConnection& store) {
        return vote::give_back(store, name, holder, clock_.now());
      },
      std::move(done));
}

void SqliteStore::leases(Completion<Result<std::vector<LeaseInfo>>> done) {
  read<std::vector<LeaseInfo>>([](StoreConnection& store) { return list_leases(store); },
                               std::move(done));
}

void SqliteStore::forget_lease(std::string name, Completion<Result<Done>> done) {
  write<Done>([this, name = std::move(name)](
                  StoreConnection& store) { return vote::forget_lease(store, name, clock_.now()); },
              std::move(done));
}

}  // namespace vote
