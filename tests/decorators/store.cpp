#include "decorators/store.h"

namespace vote::test {

template <class T, class Forward>
void FaultyStore::pass(const std::string& verb, Completion<Result<T>> done, Forward forward) {
  if (faults.pass_before(verb) != Fate::go_on) return done(away());
  forward(Completion<Result<T>>([this, verb, done = std::move(done)](Result<T> answer) mutable {
    if (faults.pass_after(verb) != Fate::go_on) return done(away());
    done(std::move(answer));
  }));
}

void FaultyStore::add_user(UserRecord user, Completion<Result<User>> done) {
  pass<User>("add_user", std::move(done),
             [&](auto next) { store_.add_user(std::move(user), std::move(next)); });
}

void FaultyStore::find_user(std::string login, Completion<Result<UserRecord>> done) {
  pass<UserRecord>("find_user", std::move(done),
                   [&](auto next) { store_.find_user(std::move(login), std::move(next)); });
}

void FaultyStore::user(UserId id, Completion<Result<User>> done) {
  pass<User>("user", std::move(done), [&](auto next) { store_.user(id, std::move(next)); });
}

void FaultyStore::users(std::string cursor, std::size_t limit, Completion<Result<UserPage>> done) {
  pass<UserPage>("users", std::move(done),
                 [&](auto next) { store_.users(std::move(cursor), limit, std::move(next)); });
}

void FaultyStore::set_user(UserId id, std::optional<Role> role, std::optional<bool> verified,
                           Completion<Result<User>> done) {
  pass<User>("set_user", std::move(done),
             [&](auto next) { store_.set_user(id, role, verified, std::move(next)); });
}

void FaultyStore::add_poll(Poll poll, Completion<Result<Poll>> done) {
  pass<Poll>("add_poll", std::move(done),
             [&](auto next) { store_.add_poll(std::move(poll), std::move(next)); });
}

void FaultyStore::poll(PollId id, Completion<Result<Poll>> done) {
  pass<Poll>("poll", std::move(done), [&](auto next) { store_.poll(id, std::move(next)); });
}

void FaultyStore::polls(PollFilter filter, Completion<Result<PollPage>> done) {
  pass<PollPage>("polls", std::move(done),
                 [&](auto next) { store_.polls(std::move(filter), std::move(next)); });
}

void FaultyStore::revise_poll(PollId id, PollRevision revise, Completion<Result<Poll>> done) {
  pass<Poll>("revise_poll", std::move(done),
             [&](auto next) { store_.revise_poll(id, std::move(revise), std::move(next)); });
}

void FaultyStore::delete_poll(PollId id, PollCheck check, Completion<Result<Done>> done) {
  pass<Done>("delete_poll", std::move(done),
             [&](auto next) { store_.delete_poll(id, std::move(check), std::move(next)); });
}

void FaultyStore::record(Batch batch, Completion<Result<BatchReport>> done) {
  pass<BatchReport>("record", std::move(done),
                    [&](auto next) { store_.record(std::move(batch), std::move(next)); });
}

void FaultyStore::change(ChangeVote change, Completion<Result<ChangeReport>> done) {
  pass<ChangeReport>("change", std::move(done),
                     [&](auto next) { store_.change(std::move(change), std::move(next)); });
}

void FaultyStore::vote_of(PollId poll, UserId voter,
                          Completion<Result<std::optional<StandingVote>>> done) {
  pass<std::optional<StandingVote>>(
      "vote_of", std::move(done), [&](auto next) { store_.vote_of(poll, voter, std::move(next)); });
}

void FaultyStore::counts(PollId poll, Completion<Result<PollCounts>> done) {
  pass<PollCounts>("counts", std::move(done),
                   [&](auto next) { store_.counts(poll, std::move(next)); });
}

void FaultyStore::ballots(PollId poll, std::optional<UserId> after, std::size_t limit,
                          Completion<Result<std::vector<VoterBallot>>> done) {
  pass<std::vector<VoterBallot>>("ballots", std::move(done), [&](auto next) {
    store_.ballots(poll, after, limit, std::move(next));
  });
}

void FaultyStore::import_poll(PollImport import, Completion<Result<PollCounts>> done) {
  pass<PollCounts>("import_poll", std::move(done),
                   [&](auto next) { store_.import_poll(std::move(import), std::move(next)); });
}

void FaultyStore::audit(PollId poll, std::int64_t after, std::size_t limit,
                        Completion<Result<std::vector<AuditEntry>>> done) {
  pass<std::vector<AuditEntry>>("audit", std::move(done), [&](auto next) {
    store_.audit(poll, after, limit, std::move(next));
  });
}

void FaultyStore::note(OperatorAction action, Completion<Result<Done>> done) {
  pass<Done>("note", std::move(done),
             [&](auto next) { store_.note(std::move(action), std::move(next)); });
}

void FaultyStore::operator_actions(std::optional<PollId> poll, std::int64_t after,
                                   std::size_t limit,
                                   Completion<Result<std::vector<OperatorAction>>> done) {
  pass<std::vector<OperatorAction>>("operator_actions", std::move(done), [&](auto next) {
    store_.operator_actions(poll, after, limit, std::move(next));
  });
}

void FaultyStore::trace_of(PollId poll, UserId voter, RequestId request,
                           Completion<Result<RequestTrace>> done) {
  pass<RequestTrace>("trace_of", std::move(done),
                     [&](auto next) { store_.trace_of(poll, voter, request, std::move(next)); });
}

void FaultyStore::positions(std::string topic, Completion<Result<std::vector<Position>>> done) {
  pass<std::vector<Position>>("positions", std::move(done), [&](auto next) {
    store_.positions(std::move(topic), std::move(next));
  });
}

void FaultyStore::unfinished(PollId after, std::size_t limit,
                             Completion<Result<std::vector<Poll>>> done) {
  pass<std::vector<Poll>>("unfinished", std::move(done),
                          [&](auto next) { store_.unfinished(after, limit, std::move(next)); });
}

void FaultyStore::decide_cutoffs(Completion<Result<Done>> done) {
  pass<Done>("decide_cutoffs", std::move(done),
             [&](auto next) { store_.decide_cutoffs(std::move(next)); });
}

void FaultyStore::end_of_poll(PollId poll, std::string topic, Completion<Result<EndOfPoll>> done) {
  pass<EndOfPoll>("end_of_poll", std::move(done),
                  [&](auto next) { store_.end_of_poll(poll, std::move(topic), std::move(next)); });
}

void FaultyStore::note_closing(PollId poll, std::string topic, Appended place,
                               Completion<Result<Done>> done) {
  pass<Done>("note_closing", std::move(done), [&](auto next) {
    store_.note_closing(poll, std::move(topic), place, std::move(next));
  });
}

void FaultyStore::finalise(PollId poll, std::string topic, std::vector<std::int32_t> partitions,
                           PollCounts counted, Completion<Result<Finality>> done) {
  pass<Finality>("finalise", std::move(done), [&](auto next) {
    store_.finalise(poll, std::move(topic), std::move(partitions), std::move(counted),
                    std::move(next));
  });
}

void FaultyStore::settle(UndecidedVote vote, Settlement settlement, Completion<Result<Done>> done) {
  pass<Done>("settle", std::move(done),
             [&](auto next) { store_.settle(std::move(vote), settlement, std::move(next)); });
}

void FaultyStore::recount(PollId poll, Completion<Result<Recount>> done) {
  pass<Recount>("recount", std::move(done),
                [&](auto next) { store_.recount(poll, std::move(next)); });
}

void FaultyStore::repair(Recount recount, std::uint64_t version_above,
                         Completion<Result<std::optional<PollCounts>>> done) {
  pass<std::optional<PollCounts>>("repair", std::move(done), [&](auto next) {
    store_.repair(std::move(recount), version_above, std::move(next));
  });
}

void FaultyStore::dangling(Completion<Result<std::vector<DanglingVotes>>> done) {
  pass<std::vector<DanglingVotes>>("dangling", std::move(done),
                                   [&](auto next) { store_.dangling(std::move(next)); });
}

void FaultyStore::topics(Completion<Result<std::vector<std::string>>> done) {
  pass<std::vector<std::string>>("topics", std::move(done),
                                 [&](auto next) { store_.topics(std::move(next)); });
}

void FaultyStore::forget_topic(std::string topic, OperatorAction note,
                               Completion<Result<Done>> done) {
  pass<Done>("forget_topic", std::move(done), [&](auto next) {
    store_.forget_topic(std::move(topic), std::move(note), std::move(next));
  });
}

void FaultyStore::renew(Lease lease, Completion<Result<Renewal>> done) {
  pass<Renewal>("renew", std::move(done),
                [&](auto next) { store_.renew(std::move(lease), std::move(next)); });
}

void FaultyStore::give_back(std::string name, UserId holder, Completion<Result<Done>> done) {
  pass<Done>("give_back", std::move(done),
             [&](auto next) { store_.give_back(std::move(name), holder, std::move(next)); });
}

void FaultyStore::leases(Completion<Result<std::vector<LeaseInfo>>> done) {
  pass<std::vector<LeaseInfo>>("leases", std::move(done),
                               [&](auto next) { store_.leases(std::move(next)); });
}

void FaultyStore::forget_lease(std::string name, Completion<Result<Done>> done) {
  pass<Done>("forget_lease", std::move(done),
             [&](auto next) { store_.forget_lease(std::move(name), std::move(next)); });
}

}  // namespace vote::test
