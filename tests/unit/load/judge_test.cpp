#include "load/judge/judge.h"

#include "judge_world.h"

namespace vote::load {
namespace {

using Judging = JudgeTest;

bool names(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(Judging, AsksAQueueAgainThatDoesNotAnswerAtOnce) {
  vote(1, 202);
  queue_.faults.before("status", test::first(2, test::Fate::refuse));
  EXPECT_EQ(judged().verdict, Verdict::clean);
  EXPECT_EQ(queue_.faults.calls("status"), 3);
}

TEST_F(Judging, EndsWithoutAVerdictWhereTheQueueNeverAnswers) {
  vote(1, 202);
  queue_.faults.before("status", test::always(test::Fate::refuse));
  wait_ = std::chrono::seconds(3);
  EXPECT_THROW(judged(), std::runtime_error);
  EXPECT_GT(queue_.faults.calls("status"), 1);
}

TEST_F(Judging, AcquitsARunOfEveryKindOfEnd) {
  vote(1, 201);
  const Send accepted = vote(2, 202);
  answer(send(same_voter(accepted, Kind::cast, {3})), 409, "already_voted");
  const Send unknown = cast(3);
  send(unknown);
  answer(send(cast(1)), 503);
  answer(send(cast(1)), 422, "invalid_option");
  const Judgement judgement = judged();
  EXPECT_EQ(judgement.verdict, Verdict::clean);
  EXPECT_EQ(judgement.ends.counted, 1U);
  EXPECT_EQ(judgement.ends.accepted, 1U);
  EXPECT_EQ(judgement.ends.no, 2U);
  EXPECT_EQ(judgement.ends.unknown, 2U);
  EXPECT_EQ(judgement.ends.superseded, 0U);
}

TEST_F(Judging, AcquitsAnUnknownRequestWhetherItCountsOrNot) {
  const Send one = cast(1);
  send(one);
  count(one);
  send(cast(2));
  EXPECT_EQ(judged().verdict, Verdict::clean);
}

TEST_F(Judging, CountsTriesWithOneKeyAsOneRequest) {
  const Send sent = vote(1, 202);
  answer(send(sent), 202);
  answer(send(sent), 409, "vote_in_progress");
  const Judgement judgement = judged();
  EXPECT_EQ(judgement.verdict, Verdict::clean);
  EXPECT_EQ(judgement.ends.requests(), 1U);
  EXPECT_EQ(judgement.tries, 3U);
}

// Promise 1.

TEST_F(Judging, FindsARowThatWasRemoved) {
  for (const unsigned status : {201, 202}) {
    const Send lost = cast(1);
    answer(send(lost), status);
    const std::string line = "journal.ndjson:" + std::to_string(2 * sends_);
    const std::string found = the_finding(1);
    EXPECT_TRUE(names(found, lost.voter.text()) && names(found, line)) << found;
    count(lost);
  }
}

TEST_F(Judging, FindsAChoiceThatWasSwapped) {
  vote(1, 202);
  Send swapped = cast(2);
  answer(send(swapped), 202);
  swapped.options = {3};
  count(swapped);
  const Judgement judgement = judged();
  EXPECT_EQ(judgement.verdict, Verdict::violated);
  EXPECT_TRUE(names(judgement.findings.kept().front().what, "asked for [2]"));
}

TEST_F(Judging, FindsAChoiceThatWasSwappedBehindTheCast) {
  vote(1, 202);
  store_.ballots.front().choices = "[3]";
  store_.audit.push_back({"changed", "[1]", "[3]"});
  store_.poll.counters = {{1, 0}, {2, 0}, {3, 1}};
  EXPECT_TRUE(names(the_finding(1), "stands with [3]"));
}

TEST_F(Judging, FindsA201ThatAnotherRequestReplaced) {
  const Send confirmed = cast(1);
  answer(send(confirmed), 201);
  const Send other = same_voter(confirmed, Kind::cast, {2});
  send(other);
  count(other);
  EXPECT_TRUE(names(the_finding(1), other.key.text()));
}

TEST_F(Judging, CountsAnAcceptedVoteAsSupersededByTheVotersOtherOne) {
  const Send first = vote(1, 202);
  const Send other = same_voter(first, Kind::cast, {2});
  answer(send(other), 202);
  note_superseded(other);
  expect_superseded(1);
}

TEST_F(Judging, FindsAnAcceptedVoteThatALaterOneOfTheQueueOverwrote) {
  const Send first = cast(1);
  answer(send(first), 202);
  const Send later = same_voter(first, Kind::cast, {2});
  answer(send(later), 409, "vote_in_progress");
  answer(send(later), 202);
  count(later);
  const std::string found = the_finding(1);
  EXPECT_TRUE(names(found, first.key.text()) && names(found, later.key.text())) << found;
}

TEST_F(Judging, TakesALaterVoteThatTheStoreMayHaveRecordedForOneAheadOfTheQueue) {
  for (const unsigned status : {201, 503}) {
    const Send first = cast(1);
    answer(send(first), 202);
    const Send later = same_voter(first, Kind::cast, {2});
    answer(send(later), status);
    answer(send(later), 202);
    count(later);
    note_superseded(first);
  }
  expect_superseded(2);
}

TEST_F(Judging, TakesVotesThatWereOnTheirWayAtOnceInEitherOrder) {
  const Send first = cast(1);
  const Send other = same_voter(first, Kind::cast, {2});
  const std::uint64_t number = send(first);
  const std::uint64_t other_number = send(other);
  answer(number, 202);
  answer(other_number, 202);
  count(other);
  note_superseded(first);
  expect_superseded(1);
}

TEST_F(Judging, FindsAVoterWhoIsLockedOutByABallotThatIsNotThere) {
  for (const char* code : {"already_voted", "idempotency_key_reused"}) {
    const std::string before = lines_;
    const Send one = cast(1);
    answer(send(one), 0);
    answer(send(one), 409, code);
    answer(send(same_voter(one, Kind::cast, {2})), 409, code);
    EXPECT_TRUE(names(the_finding(1), "who has none")) << code;
    lines_ = before;
    sends_ = answers_ = 0;
  }
}

TEST_F(Judging, AcquitsAnAcknowledgedChangeAndRevocation) {
  const Send changed = vote(1, 202);
  answer(send(same_voter(changed, Kind::change, {2})), 200);
  const Send revoked = vote(3, 201);
  answer(send(same_voter(revoked, Kind::revoke, {})), 200);
  store_.ballots[0].choices = "[2]";
  store_.ballots[0].revision = 1;
  store_.ballots[1].choices = "[]";
  store_.ballots[1].revision = 1;
  store_.audit.push_back({"changed", "[1]", "[2]"});
  store_.audit.push_back({"revoked", "[3]", "[]"});
  store_.poll.counters = {{1, 0}, {2, 1}, {3, 0}};
  store_.poll.total = 1;
  const Judgement judgement = judged();
  EXPECT_EQ(judgement.verdict, Verdict::clean);
  EXPECT_EQ(judgement.ends.counted, 3U);
}

TEST_F(Judging, FindsAnAcknowledgedChangeThatIsLost) {
  const Send sent = vote(1, 202);
  answer(send(same_voter(sent, Kind::change, {2})), 200);
  EXPECT_TRUE(names(the_finding(1), "changed 0 times"));
}

/// The ballot of one voter after two changes, of which the first one stands.
void let_the_first_stand(FakeStore& store) {
  store.ballots.front().choices = "[2]";
  store.ballots.front().revision = 2;
  store.audit.push_back({"changed", "[1]", "[3]"});
  store.audit.push_back({"changed", "[3]", "[2]"});
  store.poll.counters = {{1, 0}, {2, 1}, {3, 0}};
}

TEST_F(Judging, FindsAnAcknowledgedChangeThatAnEarlierOneOverwrote) {
  const Send sent = vote(1, 202);
  const Send first = same_voter(sent, Kind::change, {2});
  const Send later = same_voter(sent, Kind::change, {3});
  answer(send(first), 200);
  answer(send(later), 200);
  let_the_first_stand(store_);
  const std::string found = the_finding(1);
  EXPECT_TRUE(names(found, later.key.text()) && names(found, first.key.text())) << found;
}

TEST_F(Judging, AcquitsEitherOfTwoChangesThatWereOnTheirWayAtOnce) {
  const Send sent = vote(1, 202);
  const std::uint64_t first = send(same_voter(sent, Kind::change, {2}));
  const std::uint64_t later = send(same_voter(sent, Kind::change, {3}));
  answer(first, 200);
  answer(later, 200);
  let_the_first_stand(store_);
  EXPECT_EQ(judged().verdict, Verdict::clean);
}

TEST_F(Judging, AcquitsAChangeWithoutAnAnswerThatWasAppliedLate) {
  const Send sent = vote(1, 202);
  answer(send(same_voter(sent, Kind::change, {2})), 0);
  answer(send(same_voter(sent, Kind::change, {3})), 200);
  let_the_first_stand(store_);
  EXPECT_EQ(judged().verdict, Verdict::clean);
}

// Promise 2.

TEST_F(Judging, FindsARefusedVoteThatIsCounted) {
  vote(1, 409);
  EXPECT_TRUE(names(the_finding(2), "4xx"));
}

TEST_F(Judging, FindsAVoteThatCountsThoughItsRetryWasRefusedForGood) {
  const Send sent = cast(1);
  answer(send(sent), 0);
  answer(send(sent), 409, "already_voted");
  count(sent);
  the_finding(2);
}

TEST_F(Judging, TakesNotNowForNoAnswerOfARetry) {
  const Send sent = cast(1);
  answer(send(sent), 0);
  answer(send(sent), 409, "vote_in_progress");
  count(sent);
  const Judgement judgement = judged();
  EXPECT_EQ(judgement.verdict, Verdict::clean);
  EXPECT_EQ(judgement.ends.unknown, 1U);
}

// Promise 3.

TEST_F(Judging, FindsABallotThatNobodySent) {
  vote(1, 202);
  count(cast(2));
  EXPECT_TRUE(names(the_finding(3), "nobody sent"));
}

TEST_F(Judging, FindsABallotWithAKeyThatTheVoterNeverUsed) {
  const Send sent = cast(1);
  send(sent);
  count(same_voter(sent, Kind::cast, {1}));
  the_finding(3);
}

TEST_F(Judging, FindsAVoteThatWasDoubled) {
  const Send sent = vote(1, 202);
  count(sent);
  EXPECT_TRUE(names(the_finding(3), "2 ballots"));
}

TEST_F(Judging, FindsAVoteThatWasPlannedAndTakenBack) {
  const Send sent = cast(1);
  send(sent);
  lines_ += unsent_line(0, {});
  count(sent);
  the_finding(3);
}

// Promise 4.

TEST_F(Judging, FindsACounterThatWasBumped) {
  vote(1, 202);
  ++store_.poll.counters[1];
  EXPECT_TRUE(names(the_finding(4), "option 1: counter 2, ballots 1, audit log 1"));
}

TEST_F(Judging, FindsATotalThatWasBumped) {
  vote(1, 202);
  ++store_.poll.total;
  EXPECT_TRUE(names(the_finding(4), "total_votes is 2"));
}

TEST_F(Judging, FindsAnAuditEntryThatIsMissing) {
  vote(1, 202);
  vote(2, 202);
  store_.audit.pop_back();
  EXPECT_TRUE(names(the_finding(4), "option 2"));
}

TEST_F(Judging, FindsARevokedBallotWithoutAnyAuditEntry) {
  const Send revoked = vote(1, 202);
  answer(send(same_voter(revoked, Kind::revoke, {})), 200);
  store_.ballots.front().choices = "[]";
  store_.ballots.front().revision = 1;
  store_.poll.counters[1] = 0;
  store_.poll.total = 0;
  store_.audit.clear();
  const Judgement judgement = judged();
  EXPECT_EQ(judgement.verdict, Verdict::violated);
  EXPECT_EQ(judgement.findings.count(4), judgement.findings.count());
}

TEST_F(Judging, FindsAnAuditEntryOfTwoOptionsInPlaceOfTwoOfOneEach) {
  vote(1, 202);
  vote(2, 202);
  store_.audit = {{"cast", "", "[1,2]"}};
  const Judgement judgement = judged();
  EXPECT_EQ(judgement.verdict, Verdict::violated);
  EXPECT_EQ(judgement.findings.count(4), judgement.findings.count());
}

TEST_F(Judging, FindsASupersededVoteThatTheAuditLogDoesNotNote) {
  const Send first = vote(1, 202);
  answer(send(same_voter(first, Kind::cast, {2})), 202);
  EXPECT_TRUE(names(the_finding(4), "the audit log notes 0"));
}

TEST_F(Judging, FindsAnApiThatShowsOtherCounts) {
  vote(1, 202);
  shown_ = store_.poll;
  ++shown_->counters[3];
  EXPECT_TRUE(names(the_finding(4), "http://a.test"));
}

// Promise 5.

TEST_F(Judging, FindsAVersionThatGoesBackOnOneConnectionAndOnNoOther) {
  vote(1, 202);
  read(1, {7, 1, false, {1, 0, 0}});
  read(2, {6, 0, false, {0, 0, 0}});
  EXPECT_EQ(judged().verdict, Verdict::clean);
  read(1, {6, 1, false, {1, 0, 0}});
  EXPECT_TRUE(names(the_finding(5), "version 6 after 7"));
}

TEST_F(Judging, FindsATotalThatShrinks) {
  read(1, {7, 2, false, {2, 0, 0}});
  read(1, {8, 1, false, {1, 0, 0}});
  EXPECT_TRUE(names(the_finding(5), "total of 1 after 2"));
}

TEST_F(Judging, AcquitsATotalThatRevocationsOrAStoreSetBackMadeSmaller) {
  read(1, {7, 2, false, {2, 0, 0}});
  send(same_voter(cast(1), Kind::revoke, {}));
  read(1, {8, 1, false, {1, 0, 0}});
  read(2, {9, 5, false, {5, 0, 0}});
  read(2, {(std::uint64_t{1} << 40U) + 1, 1, false, {1, 0, 0}});
  EXPECT_EQ(judged().verdict, Verdict::clean);
}

TEST_F(Judging, FindsAFinalResultThatWasEdited) {
  vote(1, 202);
  store_.poll.is_final = true;
  read(1, {7, 1, true, {1, 0, 0}});
  EXPECT_EQ(judged().verdict, Verdict::clean);
  read(2, {7, 1, true, {0, 1, 0}});
  EXPECT_TRUE(names(the_finding(5), "final result has changed"));
}

TEST_F(Judging, FindsAFinalResultThatTheStoreChangedLater) {
  vote(1, 202);
  read(1, {7, 0, true, {0, 0, 0}});
  store_.poll.is_final = true;
  const Judgement judgement = judged();
  EXPECT_EQ(judgement.verdict, Verdict::violated);
  EXPECT_EQ(judgement.findings.count(5), judgement.findings.count());
}

TEST_F(Judging, FindsAFinalResultThatIsNotFinalAnyMore) {
  read(1, {7, 0, true, {0, 0, 0}});
  const Judgement judgement = judged();
  EXPECT_EQ(judgement.findings.count(5), 2U);  // the store's word, and what the API shows
}

TEST_F(Judging, FindsAnApiThatCallsAPollFinalWhichIsNot) {
  vote(1, 202);
  shown_ = store_.poll;
  shown_->is_final = true;
  EXPECT_TRUE(names(the_finding(5), "http://a.test calls it final"));
}

TEST_F(Judging, FindsAnApiThatDoesNotSayThatAPollIsFinal) {
  vote(1, 202);
  shown_ = store_.poll;
  store_.poll.is_final = true;
  EXPECT_TRUE(names(the_finding(4), "http://a.test does not"));
}

// Evidence that is missing.

TEST_F(Judging, NamesABrokenLineByItsNumberAndAcquitsNothing) {
  for (const char* line :
       {"not JSON", "[1]", "{}", "{\"answer\":0", "\xff\xfe",
        "{\"answer\":99,\"at\":0,\"status\":202}", "{\"answer\":0,\"at\":0,\"status\":999}",
        "{\"send\":0,\"at\":0,\"kind\":\"cast\",\"poll\":1}",
        "{\"answer\":0,\"at\":0,\"status\":202} {}", ""}) {
    const std::string before = lines_;
    vote(1, 202);
    const std::string broken_at = "journal.ndjson:" + std::to_string(2 * sends_ + 2) + " is broken";
    write(line);
    const Judgement judgement = judged();
    EXPECT_EQ(judgement.verdict, Verdict::inconclusive) << line;
    ASSERT_EQ(judgement.missing.reasons.size(), 1U) << line;
    EXPECT_TRUE(names(judgement.missing.reasons[0], broken_at)) << judgement.missing.reasons[0];
    lines_ = before;
    sends_ = answers_ = 0;
    store_.ballots.clear();
    store_.audit.clear();
    store_.poll.counters = {{1, 0}, {2, 0}, {3, 0}};
    store_.poll.total = 0;
  }
}

TEST_F(Judging, TakesOneFindingAboutAVoterForTheBrokenLinesAndNoMore) {
  write("{\"send\":");
  count(cast(1));
  EXPECT_EQ(judged().verdict, Verdict::inconclusive);
  count(cast(1));
  EXPECT_EQ(judged().verdict, Verdict::violated);
}

TEST_F(Judging, AcquitsNothingOnAJournalThatEndsInTheMiddle) {
  vote(1, 202);
  lines_ += "{\"answer\":0,\"at\"";
  const Judgement judgement = judged(false);
  EXPECT_EQ(judgement.verdict, Verdict::inconclusive);
  EXPECT_EQ(judgement.missing.broken_lines, 0U);  // nothing of a torn line was sent
  EXPECT_EQ(judgement.missing.count, 2U);
}

TEST_F(Judging, ForgivesATornLineWhereAReplayWentOn) {
  vote(1, 202);
  lines_ += "{\"answer\":0,\"at\" torn\n" + replay_line(fresh_uuid(clock_), {});
  EXPECT_EQ(judged().verdict, Verdict::clean);
}

TEST_F(Judging, ForgivesNoOtherBrokenLineWhereAReplayWentOn) {
  for (const char* line :
       {"{\"answer\":0,\"at\":0,\"status\":2x2}", "{\"answer\":99,\"at\":0,\"status\":202}"}) {
    const std::string before = lines_;
    write(line);
    lines_ += replay_line(fresh_uuid(clock_), {});
    EXPECT_EQ(judged().verdict, Verdict::inconclusive) << line;
    lines_ = before;
  }
}

TEST_F(Judging, MissesALineThatWasTakenOut) {
  vote(1, 202);
  ++answers_;
  EXPECT_EQ(judged().verdict, Verdict::inconclusive);
}

TEST_F(Judging, RefusesWhatIsNoJournalOfItsVersion) {
  for (const char* text : {"", "{}\n", "not JSON\n", "{\"journal\":\"vote-loadgen\",\"v\":2}\n",
                           "{\"journal\":\"other\",\"v\":1}\n", "{\"journal\":\"vote-loadgen\""}) {
    std::ofstream(folder_.file("other.ndjson")) << text;
    EXPECT_THROW(JournalReader(folder_.file("other.ndjson")), JournalError) << text;
  }
  EXPECT_THROW(JournalReader(folder_.file("none.ndjson")), JournalError);
}

TEST_F(Judging, JudgesWithoutTheApiButDoesNotAcquit) {
  vote(1, 202);
  const Witnesses witnesses{
      [this] { return std::make_unique<FakeEvidence>(store_); },
      [] { return std::make_unique<NoQueue>(); },
      [](const Target&) -> std::vector<ShownBy> { throw std::runtime_error("nobody there"); }};
  EXPECT_EQ(judge({save()}, witnesses, clock_, std::chrono::seconds(1)).verdict,
            Verdict::inconclusive);
}

}  // namespace
}  // namespace vote::load
