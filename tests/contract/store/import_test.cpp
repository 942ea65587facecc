#include "contract/store/house.h"

namespace vote::test {
namespace {

class StoreImport : public StoreTest {
 protected:
  static Poll past_poll() {
    Poll poll = new_poll();
    poll.start_time = kStart - std::chrono::hours(2);
    poll.end_time = kStart - std::chrono::hours(1);
    return poll;
  }
  static VoterBallot ballot_of(const Poll& poll, std::size_t option) {
    return {new_id<UserId>(),
            new_id<RequestId>(),
            {poll.options.at(option).id},
            0,
            kStart - std::chrono::minutes(90)};
  }
  static PollImport import_of(const Poll& poll, std::vector<VoterBallot> ballots) {
    PollImport import;
    import.poll = poll;
    import.note.actor = "os:tester";
    import.note.action = "imported";
    import.note.poll = poll.id;
    auto at = std::make_shared<std::size_t>(ballots.size());
    import.rewind = [at] {* at = 0;
  };
  import.next = [ at, ballots = std::move(ballots) ]()->Result<std::optional<VoterBallot>> {
    if (*at == ballots.size()) return std::optional<VoterBallot>();
  return std::optional<VoterBallot>(ballots.at((*at)++));
};
return import;
}  // namespace
Result<PollCounts> add(PollImport import) {
  return wait_for<Result<PollCounts>>(
      [&](auto done) { store_->import_poll(std::move(import), std::move(done)); });
}
std::vector<VoterBallot> ballots(const Poll& poll, std::optional<UserId> after = {},
                                 std::size_t limit = 100) {
  return *wait_for<Result<std::vector<VoterBallot>>>(
      [&](auto done) { store_->ballots(poll.id, after, limit, std::move(done)); });
}
void expect_nothing_there() {
  for (const char* table : {"polls", "poll_options", "votes", "vote_audit_log", "operator_log",
                            "option_counts", "poll_totals"})
    EXPECT_EQ(house_->rows(table), 0) << table;
}
};  // namespace vote::test
VOTE_ON_EVERY_BACKEND(StoreImport);

TEST_P(StoreImport, APollIsThereWithItsBallotsCountedAuditedAndFinal) {
  const Poll poll = past_poll();
  std::vector<VoterBallot> given = {ballot_of(poll, 0), ballot_of(poll, 2), ballot_of(poll, 2)};
  given[1].revision = 3;
  given.push_back(ballot_of(poll, 1));
  given.back().options.clear();
  const auto counted = add(import_of(poll, given));
  ASSERT_TRUE(counted) << counted.error().detail;
  EXPECT_EQ(tally_of(*counted), (Tally{{1, 0, 2}, 3}));
  restart();
  EXPECT_EQ(tally_of(counts(poll)), (Tally{{1, 0, 2}, 3}));
  EXPECT_EQ(house_->counted_by_ballots(poll), (Tally{{1, 0, 2}, 3}));
  EXPECT_EQ(house_->counted_by_audit(poll), (Tally{{1, 0, 2}, 3}));
  EXPECT_EQ(house_->rows("operator_log"), 1);
  EXPECT_TRUE(this->poll(poll.id)->final_at);
  EXPECT_EQ(this->poll(poll.id)->end_time, poll.end_time);
  const auto vote = vote_of(poll, given[1].voter);
  ASSERT_TRUE(vote);
  EXPECT_EQ(vote->revision, 3U);
  EXPECT_EQ(vote->request, given[1].request);
  EXPECT_EQ(vote->cast_at, given[1].cast_at);
}

TEST_P(StoreImport, NoVoteIsAddedToItLater) {
  const Poll poll = past_poll();
  ASSERT_TRUE(add(import_of(poll, {ballot_of(poll, 0)})));
  EXPECT_EQ(record(new_vote(poll), poll.end_time).outcome, Recorded::final);
}

TEST_P(StoreImport, APollThatIsThereAlreadyStays) {
  const Poll poll = new_open_poll();
  Poll same = past_poll();
  same.id = poll.id;
  EXPECT_EQ(code_of(add(import_of(same, {ballot_of(same, 0)}))), Code::name_taken);
  EXPECT_EQ(this->poll(poll.id)->end_time, poll.end_time);
  EXPECT_EQ(house_->rows("votes"), 0);
}

TEST_P(StoreImport, OneWrongBallotUndoesAll) {
  const Poll poll = past_poll();
  const VoterBallot good = ballot_of(poll, 0);
  VoterBallot unknown = ballot_of(poll, 0);
  unknown.options = {new_id<OptionId>()};
  VoterBallot second = ballot_of(poll, 1);
  second.voter = good.voter;
  EXPECT_EQ(code_of(add(import_of(poll, {good, unknown}))), Code::invalid_option);
  expect_nothing_there();
  EXPECT_EQ(code_of(add(import_of(poll, {good, second}))), Code::already_voted);
  expect_nothing_there();
  PollImport broken = import_of(poll, {});
  broken.next = [left = 1, good]() mutable -> Result<std::optional<VoterBallot>> {
    if (left-- > 0) return std::optional<VoterBallot>(good);
    return Error{Code::malformed, "the file ends"};
  };
  EXPECT_EQ(code_of(add(std::move(broken))), Code::malformed);
  expect_nothing_there();
  EXPECT_TRUE(add(import_of(poll, {good})));
}

TEST_P(StoreImport, APollThatIsNotOverIsRefused) {
  Poll poll = new_poll();
  EXPECT_EQ(code_of(add(import_of(poll, {}))), Code::invalid_input);
  poll = past_poll();
  poll.title.clear();
  EXPECT_EQ(code_of(add(import_of(poll, {}))), Code::invalid_input);
  expect_nothing_there();
}

TEST_P(StoreImport, BallotsAreReadInTheOrderOfVotersPageByPage) {
  const Poll poll = new_open_poll();
  std::map<UserId, CastVote> cast;
  for (std::size_t i = 0; i < 5; ++i) {
    const CastVote vote = new_vote(poll, i % 3);
    record(vote, kStart + std::chrono::seconds(i));
    cast[vote.voter] = vote;
  }
  record(new_vote(new_open_poll()));
  std::vector<VoterBallot> read;
  std::optional<UserId> after;
  for (auto page = ballots(poll, after, 2); !page.empty(); page = ballots(poll, after, 2)) {
    EXPECT_LE(page.size(), 2U);
    after = page.back().voter;
    read.insert(read.end(), page.begin(), page.end());
  }
  ASSERT_EQ(read.size(), cast.size());
  auto expected = cast.begin();
  for (const VoterBallot& ballot : read) {
    EXPECT_EQ(ballot.voter, expected->first);
    EXPECT_EQ(ballot.request, expected->second.request);
    EXPECT_EQ(ballot.options, expected->second.options);
    ++expected;
  }
  const auto unknown = wait_for<Result<std::vector<VoterBallot>>>(
      [&](auto done) { store_->ballots(new_id<PollId>(), {}, 1, std::move(done)); });
  EXPECT_EQ(code_of(unknown), Code::not_found);
}

}  // namespace
}  // namespace vote::test
