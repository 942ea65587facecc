#include "store/postgres/postgres_store.h"

#include <set>
#include <utility>

#include "postgres/migration.h"
#include "store/postgres/groups.h"
#include "store/postgres/session.h"

namespace vote {
namespace postgres {

Error error_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const Undone& undone) {
    return undone.error;
  } catch (const DatabaseError& error) {
    if (error.kind() == DatabaseError::Kind::refused)
      return {Code::invalid_input, "the store refuses the data", error.what()};
    return {Code::unavailable, "the store does not answer now: try again", error.what()};
  } catch (const std::exception& error) {
    return {Code::unavailable, "the store failed: try again", error.what()};
  } catch (...) {
    return {Code::unavailable, "the store failed: try again"};
  }
}

namespace {

using Records = Groups<Batch, BatchReport>;
using Changes = Groups<ChangeVote, ChangeReport>;

/// Batches of the store's path; a worker's has positions or notes, and is alone.
std::size_t together(std::span<const Records::Call> calls) {
  const auto is_plain = [](const Batch& batch) {
    return batch.moves.empty() && batch.closings.empty() && batch.undecided.empty() &&
           !batch.note_superseded;
  };
  std::size_t count = 0;
  std::size_t votes = 0;
  while (count < calls.size() && is_plain(calls[count].asked)) {
    votes += calls[count].asked.votes.size();
    if (count > 0 && votes > PostgresStore::kVotesPerTransactionMax) break;
    ++count;
  }
  return std::max<std::size_t>(count, 1);
}

std::vector<Result<BatchReport>> record_all(Session& session,
                                            std::span<const Records::Call> calls) {
  std::vector<const Batch*> batches;
  batches.reserve(calls.size());
  for (const Records::Call& call : calls) batches.push_back(&call.asked);
  return record(session, batches);
}

/// Each voter once: what a second change does depends on the first.
std::size_t together(std::span<const Changes::Call> calls) {
  std::set<std::pair<PollId, UserId>> voters;
  for (const Changes::Call& call : calls)
    if (voters.size() == PostgresStore::kChangesPerTransactionMax ||
        !voters.insert({call.asked.vote.poll, call.asked.vote.voter}).second)
      break;
  return voters.size();
}

std::vector<Result<ChangeReport>> change_all(Session& session,
                                             std::span<const Changes::Call> calls) {
  std::vector<const CastVote*> votes;
  votes.reserve(calls.size());
  for (const Changes::Call& call : calls) votes.push_back(&call.asked.vote);
  return change(session, votes);
}

// Not inlined, for GCC 12 would then believe that the error is read of an answer that has none.
template <class T>
[[gnu::noinline]] bool is_unavailable(const Result<T>& answer) {
  return !answer && answer.error().code == Code::unavailable;
}

/// A step on its way through a lane. Its answer is made anew by each run.
template <class T, class Step>
Job job_of(Step step, Completion<Result<T>> done) {
  struct Call {
    Step step;
    Completion<Result<T>> done;
    std::optional<Result<T>> answer;
  };
  auto call = std::make_shared<Call>(Call{std::move(step), std::move(done), std::nullopt});
  return {[call](Transaction& transaction, std::any& kept) {
            Session session(transaction, kept);
            call->answer = call->step(session);
          },
          [call](const std::exception_ptr& failure) {
            if (failure)
              call->done(error_of(failure));
            else
              call->done(std::move(*call->answer));
          }};
}

}  // namespace
}  // namespace postgres

using postgres::Session;
using Mode = postgres::Transaction::Mode;

struct PostgresStore::Lanes {
  explicit Lanes(const Settings& settings)
      : records(settings.url, watchdog, kStatementTimeMax, kCallsWaitingMax, postgres::together,
                postgres::record_all),
        changes(settings.url, watchdog, kStatementTimeMax, kCallsWaitingMax, postgres::together,
                postgres::change_all),
        writes(settings.url, watchdog, Mode::write, kStatementTimeMax, kCallsWaitingMax),
        reads(settings.url, watchdog, Mode::read, kStatementTimeMax, kCallsWaitingMax),
        recounts(settings.url, watchdog, Mode::snapshot, kLongStatementTimeMax, kCallsWaitingMax),
        imports(settings.url, watchdog, Mode::write, kLongStatementTimeMax, kCallsWaitingMax) {
    if (!settings.read_url.empty())
      replica = std::make_unique<postgres::Lane>(settings.read_url, watchdog, Mode::read,
                                                 kStatementTimeMax, kCallsWaitingMax);
  }

  postgres::Watchdog watchdog;
  postgres::Records records;
  postgres::Changes changes;
  postgres::Lane writes;
  postgres::Lane reads;
  postgres::Lane recounts;
  postgres::Lane imports;
  std::unique_ptr<postgres::Lane> replica;
};

PostgresStore::PostgresStore(const Settings& settings) : grace_(settings.grace) {
  lanes_ = std::make_unique<Lanes>(settings);
  postgres::Connection connection(settings.url, lanes_->watchdog);
  postgres::require_schema(connection, "store");
  postgres::require_primary(connection);
}

PostgresStore::~PostgresStore() = default;

template <class T, class Step>
void PostgresStore::write(Step step, Completion<Result<T>> done) {
  lanes_->writes.submit(postgres::job_of<T>(std::move(step), std::move(done)));
}

template <class T, class Step>
void PostgresStore::read(Step step, Completion<Result<T>> done) {
  lanes_->reads.submit(postgres::job_of<T>(std::move(step), std::move(done)));
}

template <class T, class Step>
void PostgresStore::read_what_may_lag(Step step, Completion<Result<T>> done) {
  if (!lanes_->replica) return read<T>(std::move(step), std::move(done));
  Completion<Result<T>> or_primary = [this, step,
                                      done = std::move(done)](Result<T> answer) mutable {
    if (postgres::is_unavailable(answer)) return read<T>(std::move(step), std::move(done));
    done(std::move(answer));
  };
  lanes_->replica->submit(postgres::job_of<T>(std::move(step), std::move(or_primary)));
}

void PostgresStore::add_user(UserRecord user, Completion<Result<User>> done) {
  write<User>(
      [user = std::move(user)](Session& session) { return postgres::add_user(session, user); },
      std::move(done));
}

void PostgresStore::find_user(std::string login, Completion<Result<UserRecord>> done) {
  read<UserRecord>(
      [login = std::move(login)](Session& session) { return postgres::find_user(session, login); },
      std::move(done));
}

void PostgresStore::user(UserId id, Completion<Result<User>> done) {
  read<User>([id](Session& session) { return postgres::find_user(session, id); }, std::move(done));
}

void PostgresStore::users(std::string cursor, std::size_t limit,
                          Completion<Result<UserPage>> done) {
  read_what_may_lag<UserPage>(
      [cursor = std::move(cursor), limit](Session& session) {
        return postgres::list_users(session, cursor, limit);
      },
      std::move(done));
}

void PostgresStore::set_user(UserId id, std::optional<Role> role, std::optional<bool> verified,
                             Completion<Result<User>> done) {
  write<User>([id, role, verified](
                  Session& session) { return postgres::set_user(session, id, role, verified); },
              std::move(done));
}

void PostgresStore::add_poll(Poll poll, Completion<Result<Poll>> done) {
  poll.grace = grace_;
  write<Poll>(
      [poll = std::move(poll)](Session& session) { return postgres::add_poll(session, poll); },
      std::move(done));
}

void PostgresStore::poll(PollId id, Completion<Result<Poll>> done) {
  read<Poll>([id](Session& session) { return postgres::find_poll(session, id); }, std::move(done));
}

void PostgresStore::polls(PollFilter filter, Completion<Result<PollPage>> done) {
  read_what_may_lag<PollPage>(
      [filter = std::move(filter)](Session& session) { return list_polls(session, filter); },
      std::move(done));
}

void PostgresStore::revise_poll(PollId id, PollRevision revise, Completion<Result<Poll>> done) {
  write<Poll>([id, revise = std::move(revise)](
                  Session& session) { return postgres::revise_poll(session, id, revise); },
              std::move(done));
}

void PostgresStore::delete_poll(PollId id, PollCheck check, Completion<Result<Done>> done) {
  write<Done>([id, check = std::move(check)](
                  Session& session) { return postgres::delete_poll(session, id, check); },
              std::move(done));
}

void PostgresStore::record(Batch batch, Completion<Result<BatchReport>> done) {
  lanes_->records.submit(std::move(batch), std::move(done));
}

void PostgresStore::change(ChangeVote change, Completion<Result<ChangeReport>> done) {
  lanes_->changes.submit(std::move(change), std::move(done));
}

void PostgresStore::vote_of(PollId poll, UserId voter,
                            Completion<Result<std::optional<StandingVote>>> done) {
  read<std::optional<StandingVote>>(
      [poll, voter](Session& session) { return read_vote(session, poll, voter); }, std::move(done));
}

void PostgresStore::counts(PollId poll, Completion<Result<PollCounts>> done) {
  read<PollCounts>([poll](Session& session) { return find_counts(session, poll); },
                   std::move(done));
}

void PostgresStore::ballots(PollId poll, std::optional<UserId> after, std::size_t limit,
                            Completion<Result<std::vector<VoterBallot>>> done) {
  read_what_may_lag<std::vector<VoterBallot>>(
      [poll, after, limit](Session& session) { return read_ballots(session, poll, after, limit); },
      std::move(done));
}

void PostgresStore::import_poll(PollImport import, Completion<Result<PollCounts>> done) {
  import.poll.grace = grace_;
  lanes_->imports.submit(postgres::job_of<PollCounts>(
      [import = std::move(import)](Session& session) {
        return postgres::import_poll(session, import);
      },
      std::move(done)));
}

void PostgresStore::audit(PollId poll, std::int64_t after, std::size_t limit,
                          Completion<Result<std::vector<AuditEntry>>> done) {
  read_what_may_lag<std::vector<AuditEntry>>(
      [poll, after, limit](Session& session) { return read_audit(session, poll, after, limit); },
      std::move(done));
}

void PostgresStore::note(OperatorAction action, Completion<Result<Done>> done) {
  write<Done>(
      [action = std::move(action)](Session& session) { return postgres::note(session, action); },
      std::move(done));
}

void PostgresStore::operator_actions(std::optional<PollId> poll, std::int64_t after,
                                     std::size_t limit,
                                     Completion<Result<std::vector<OperatorAction>>> done) {
  read<std::vector<OperatorAction>>(
      [poll, after, limit](Session& session) {
        return read_operator_actions(session, poll, after, limit);
      },
      std::move(done));
}

void PostgresStore::trace_of(PollId poll, UserId voter, RequestId request,
                             Completion<Result<RequestTrace>> done) {
  read<RequestTrace>([poll, voter, request](
                         Session& session) { return read_trace(session, poll, voter, request); },
                     std::move(done));
}

void PostgresStore::positions(std::string topic, Completion<Result<std::vector<Position>>> done) {
  read<std::vector<Position>>(
      [topic = std::move(topic)](Session& session) { return read_positions(session, topic); },
      std::move(done));
}

void PostgresStore::unfinished(PollId after, std::size_t limit,
                               Completion<Result<std::vector<Poll>>> done) {
  read<std::vector<Poll>>(
      [after, limit](Session& session) -> Result<std::vector<Poll>> {
        return list_unfinished(session, after, limit);
      },
      std::move(done));
}

void PostgresStore::decide_cutoffs(Completion<Result<Done>> done) {
  write<Done>(
      [](Session& session) {
        lock_revision(session);
        postgres::decide_cutoffs(session, now(session));
        return Result<Done>(Done{});
      },
      std::move(done));
}

void PostgresStore::end_of_poll(PollId poll, std::string topic,
                                Completion<Result<EndOfPoll>> done) {
  read<EndOfPoll>(
      [poll, topic = std::move(topic)](Session& session) { return read_end(session, poll, topic); },
      std::move(done));
}

void PostgresStore::note_closing(PollId poll, std::string topic, Appended place,
                                 Completion<Result<Done>> done) {
  write<Done>([poll, topic = std::move(topic),
               place](Session& session) { return note_closing_sent(session, poll, topic, place); },
              std::move(done));
}

void PostgresStore::finalise(PollId poll, std::string topic, std::vector<std::int32_t> partitions,
                             PollCounts counted, Completion<Result<Finality>> done) {
  write<Finality>(
      [poll, closed = postgres::ClosedLog{std::move(topic), std::move(partitions)},
       counted = std::move(counted)](Session& session) {
        return postgres::finalise(session, poll, closed, counted);
      },
      std::move(done));
}

void PostgresStore::settle(UndecidedVote vote, Settlement settlement,
                           Completion<Result<Done>> done) {
  write<Done>([vote = std::move(vote), settlement](
                  Session& session) { return postgres::settle(session, vote, settlement); },
              std::move(done));
}

void PostgresStore::topics(Completion<Result<std::vector<std::string>>> done) {
  read<std::vector<std::string>>(
      [](Session& session) -> Result<std::vector<std::string>> { return list_topics(session); },
      std::move(done));
}

void PostgresStore::forget_topic(std::string topic, OperatorAction note,
                                 Completion<Result<Done>> done) {
  write<Done>([topic = std::move(topic), note = std::move(note)](
                  Session& session) { return postgres::forget_topic(session, topic, note); },
              std::move(done));
}

void PostgresStore::recount(PollId poll, Completion<Result<Recount>> done) {
  lanes_->recounts.submit(postgres::job_of<Recount>(
      [poll](Session& session) { return postgres::recount(session, poll); }, std::move(done)));
}

void PostgresStore::repair(Recount recount, std::uint64_t version_above,
                           Completion<Result<std::optional<PollCounts>>> done) {
  write<std::optional<PollCounts>>(
      [recount = std::move(recount), version_above](Session& session) {
        return repair_counts(session, recount, version_above);
      },
      std::move(done));
}

void PostgresStore::dangling(Completion<Result<std::vector<DanglingVotes>>> done) {
  read<std::vector<DanglingVotes>>([](Session& session) { return list_dangling(session); },
                                   std::move(done));
}

void PostgresStore::renew(Lease lease, Completion<Result<Renewal>> done) {
  write<Renewal>(
      [lease = std::move(lease)](Session& session) { return postgres::renew(session, lease); },
      std::move(done));
}

void PostgresStore::give_back(std::string name, UserId holder, Completion<Result<Done>> done) {
  write<Done>([name = std::move(name),
               holder](Session& session) { return postgres::give_back(session, name, holder); },
              std::move(done));
}

void PostgresStore::leases(Completion<Result<std::vector<LeaseInfo>>> done) {
  read<std::vector<LeaseInfo>>([](Session& session) { return list_leases(session); },
                               std::move(done));
}

void PostgresStore::forget_lease(std::string name, Completion<Result<Done>> done) {
  write<Done>(
      [name = std::move(name)](Session& session) { return postgres::forget_lease(session, name); },
      std::move(done));
}

}  // namespace vote
