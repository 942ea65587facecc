#pragma once
// A store that hands everything on to another one, and fails, waits or ends where its faults say
// so.
#include <utility>

#include "decorators/faults.h"
#include "store/store.h"

namespace vote::test {

class FaultyStore : public Store {
 public:
  explicit FaultyStore(Store& store) : store_(store) {}
  Faults faults;

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
  void recount(PollId poll, Completion<Result<Recount>> done) override;
  void repair(Recount recount, std::uint64_t version_above,
              Completion<Result<std::optional<PollCounts>>> done) override;
  void dangling(Completion<Result<std::vector<DanglingVotes>>> done) override;
  void topics(Completion<Result<std::vector<std::string>>> done) override;
  void forget_topic(std::string topic, OperatorAction note, Completion<Result<Done>> done) override;
  void renew(Lease lease, Completion<Result<Renewal>> done) override;
  void give_back(std::string name, UserId holder, Completion<Result<Done>> done) override;
  void leases(Completion<Result<std::vector<LeaseInfo>>> done) override;
  void forget_lease(std::string name, Completion<Result<Done>> done) override;

 private:
  template <class T, class Forward>
  void pass(const std::string& verb, Completion<Result<T>> done, Forward forward);
  static Error away() { return {Code::unavailable, "the store is away"}; }

  Store& store_;
};

}  // namespace vote::test
