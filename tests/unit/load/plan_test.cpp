#include "load/plan.h"

#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "load/drive.h"
#include "load/journal_reader.h"
#include "runtime/random.h"
#include "site.h"
#include "world/files.h"

namespace vote::load {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::seconds;

class PlanTest : public testing::Test {
 protected:
  Target target(std::size_t options = 2) {
    Target made{fresh_id<PollId>(clock_), {}};
    while (made.options.size() < options) made.options.push_back(fresh_id<OptionId>(clock_));
    return made;
  }
  Wanted wanted(const std::string& mix, std::vector<Target> polls, std::uint64_t voters = 0) {
    return {parse_mix(mix), std::move(polls), voters, 7, clock_.now() + seconds(60)};
  }

  SystemClock clock_;
  Tokens tokens_{"0123456789abcdef0123456789abcdef"};
};

TEST_F(PlanTest, VotesAreOfVotersOfTheirOwnWithAKeyEachAndAnOptionOfThePoll) {
  const Target poll = target();
  std::set<std::string> voters, keys, options;
  const auto handler = [&](http::Request& request) -> asio::awaitable<http::Response> {
    EXPECT_EQ(request.parameters.at(0), poll.poll.text());
    const auto bearer = request.field("Authorization").value_or("");
    const auto identity = tokens_.verify(bearer.substr(7), clock_.now());
    EXPECT_TRUE(identity);
    if (identity) voters.insert(identity->user.text());
    keys.emplace(request.field("Idempotency-Key").value_or(""));
    const auto body = nlohmann::json::parse(request.body);
    options.insert(body.at("option_ids").at(0).get<std::string>());
    co_return http::Response();
  };
  const Site site(http::Method::post, "/v1/polls/{id}/votes", handler);
  const Endpoint endpoint = site.endpoint();
  Workload workload(wanted("votes", {poll}), &tokens_, clock_);
  const Schedule schedule(1000, milliseconds(100));
  Plan plan(workload, &schedule, nullptr);
  const Tally tally = drive({&endpoint, 1}, plan, {schedule, milliseconds(100), 4, 1});
  EXPECT_EQ(tally.by_status[200], 100U);
  EXPECT_EQ(voters.size(), 100U);
  EXPECT_EQ(keys.size(), 100U);
  EXPECT_EQ(options, (std::set{poll.options[0].text(), poll.options[1].text()}));
}

TEST_F(PlanTest, JournalsWhatWasSentAndAnsweredAndTakesBackTheRest) {
  const test::Folder folder;
  const std::string path = folder.file("run.ndjson");
  const Target poll = target();
  Workload workload(wanted("votes", {poll}), &tokens_, clock_);
  const Endpoint endpoint("http://127.0.0.1:1");
  {
    Journal journal(path, Journal::Open::as_new);
    journal.write(line_of(JournalHeader{fresh_uuid(clock_), clock_.now(), {}, 7, {poll}}));
    Plan plan(workload, nullptr, &journal);
    std::string bytes;
    for (std::uint64_t number = 0; number < 3; ++number)
      EXPECT_EQ(plan.append_next(bytes, endpoint), number);
    plan.answered({1, 202, 0, "", milliseconds(5)});
    plan.answered({0, 409, 0, R"({"code":"already_voted"})", milliseconds(6)});
    plan.finish(seconds(1));
  }
  JournalReader journal(path);
  std::map<std::uint64_t, std::string> answers;
  std::uint64_t sends = 0;
  std::optional<Unsent> unsent;
  std::optional<End> end;
  while (const auto line = journal.next()) {
    if (const auto* answer = std::get_if<Answer>(&*line))
      answers[answer->number] = std::to_string(answer->status) + std::string(answer->code);
    sends += std::holds_alternative<Send>(*line) ? 1 : 0;
    if (std::holds_alternative<Unsent>(*line)) unsent = std::get<Unsent>(*line);
    if (std::holds_alternative<End>(*line)) end = std::get<End>(*line);
  }
  EXPECT_EQ(answers, (std::map<std::uint64_t, std::string>{{0, "409already_voted"}, {1, "202"}}));
  ASSERT_TRUE(unsent && end);
  EXPECT_EQ(unsent->first, 3U);
  EXPECT_EQ(end->sends, sends);
  EXPECT_EQ(end->answers, 2U);
}

TEST_F(PlanTest, AJournalThatIsThereIsRefused) {
  const test::Folder folder;
  const std::string path = folder.file("run.ndjson");
  { const Journal made(path, Journal::Open::as_new); }
  EXPECT_THROW(Journal(path, Journal::Open::as_new), JournalError);
  EXPECT_THROW(Journal(folder.file("none/run.ndjson"), Journal::Open::as_new), JournalError);
}

TEST_F(PlanTest, AJournalOnAFullDiskIsAnErrorAndNothingIsForgottenSilently) {
  Journal journal("/dev/full", Journal::Open::to_append);
  EXPECT_THROW(journal.write("{}\n"), JournalError);
  journal.append("{}\n");
  EXPECT_THROW(journal.flush(), JournalError);
}

TEST_F(PlanTest, EveryVoterVotesOnceInEachPoll) {
  Workload workload(wanted("votes", {target(), target()}, 3), &tokens_, clock_);
  std::map<UserId, std::set<std::size_t>> polls;
  while (const auto wish = workload.next()) polls[wish->send.voter].insert(wish->send.poll);
  ASSERT_EQ(polls.size(), 3U);
  for (const auto& [voter, voted] : polls) EXPECT_EQ(voted, (std::set<std::size_t>{0, 1}));
}

TEST_F(PlanTest, ThoseWhoComeAgainAreVotersWhoVoted) {
  Workload workload(
      wanted("votes=4,retries=1,seconds=1,changes=1,revocations=1,reads=1", {target()}), &tokens_,
      clock_);
  std::map<UserId, Send> voted;
  std::map<Ask, unsigned> asks;
  for (unsigned n = 0; n < 2000; ++n) {
    const auto wish = workload.next();
    ASSERT_TRUE(wish);
    ++asks[wish->ask];
    if (wish->ask == Ask::read) continue;
    if (wish->ask == Ask::vote) {
      EXPECT_TRUE(voted.emplace(wish->send.voter, wish->send).second);
      continue;
    }
    const Send& first = voted.at(wish->send.voter);
    EXPECT_EQ(wish->send.key == first.key, wish->ask == Ask::retry);
    EXPECT_EQ(wish->send.kind == Kind::change, wish->ask == Ask::change);
    EXPECT_EQ(wish->send.options.empty(), wish->ask == Ask::revocation);
    EXPECT_EQ(tokens_.verify(wish->token, clock_.now())->user, wish->send.voter);
  }
  EXPECT_EQ(asks.size(), 6U);
  EXPECT_GT(asks[Ask::vote], asks[Ask::retry]);
}

TEST_F(PlanTest, TheSameSeedAsksForTheSame) {
  const std::vector<Target> polls = {target(4), target(4)};
  Workload one(wanted("votes=3,seconds=1", polls), &tokens_, clock_);
  Workload other(wanted("votes=3,seconds=1", polls), &tokens_, clock_);
  for (unsigned n = 0; n < 200; ++n) {
    const auto first = one.next();
    const auto second = other.next();
    EXPECT_EQ(first->ask, second->ask);
    EXPECT_EQ(first->send.poll, second->send.poll);
    EXPECT_EQ(first->send.options, second->send.options);
  }
}

TEST(Mix, ReadsPartsAndRefusesWhatIsNone) {
  const Mix mix = parse_mix("votes=80,retries=10,reads");
  EXPECT_EQ(mix.weight(Ask::vote), 80U);
  EXPECT_EQ(mix.weight(Ask::read), 1U);
  EXPECT_EQ(mix.sum(), 91U);
  for (const char* text : {"", "votes=0", "votes=-1", "votes=x", "votes=", "nothing", "retries=5",
                           "changes", "votes=1.5", "votes=99999999999"})
    EXPECT_THROW(parse_mix(text), std::invalid_argument) << text;
}

}  // namespace
}  // namespace vote::load
