#include "api/json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "world/votes.h"

namespace vote::api {
namespace {

using nlohmann::json;

PollCounts counts_of(const Poll& poll, std::vector<std::uint64_t> votes, std::uint64_t total) {
  PollCounts counts{poll.id, 7, total, {}};
  for (std::size_t i = 0; i < votes.size(); ++i)
    counts.options.push_back({poll.options[i].id, votes[i]});
  return counts;
}

TEST(Json, PercentagesHaveOneDecimalHalfAwayFromZero) {
  const Poll poll = test::new_poll();
  const auto shares = [&](std::vector<std::uint64_t> votes, std::uint64_t total) {
    const auto results =
        json::parse(to_json(poll, PollStatus::active, counts_of(poll, votes, total)));
    std::string found;
    for (const auto& option : results.at("options")) found += option.at("percentage").dump() + " ";
    return found;
  };
  EXPECT_EQ(shares({5, 1, 2}, 8), "62.5 12.5 25.0 ");
  EXPECT_EQ(shares({2, 1, 0}, 3), "66.7 33.3 0.0 ");
  EXPECT_EQ(shares({1, 1999, 0}, 2000), "0.1 100.0 0.0 ");  // 0.05 and 99.95
  EXPECT_EQ(shares({0, 0, 0}, 0), "0.0 0.0 0.0 ");
  EXPECT_EQ(shares({2, 2, 1}, 3), "66.7 66.7 33.3 ");  // many options on a ballot
}

TEST(Json, ResultsFollowTheOrderOfThePollAndCountWhatIsMissingAsNone) {
  const Poll poll = test::new_poll();
  PollCounts counts = counts_of(poll, {1, 2}, 3);
  std::swap(counts.options[0], counts.options[1]);
  counts.options.push_back({test::new_id<OptionId>(), 9});
  const auto results = json::parse(to_json(poll, PollStatus::closed, counts));
  EXPECT_EQ(results.at("poll_id"), poll.id.text());
  EXPECT_EQ(results.at("status"), "closed");
  EXPECT_EQ(results.at("final"), false);
  EXPECT_EQ(results.at("version"), 7);
  EXPECT_EQ(results.at("total_votes"), 3);
  ASSERT_EQ(results.at("options").size(), 3U);
  EXPECT_EQ(results["options"][0]["votes"], 1);
  EXPECT_EQ(results["options"][1]["votes"], 2);
  EXPECT_EQ(results["options"][2]["votes"], 0);
  EXPECT_EQ(results["options"][2]["text"], "bread");
}

TEST(Json, APollIsShownWhole) {
  Poll poll = test::new_poll();
  poll.title = "\"quoted\" & 本\\";
  poll.final_at = test::kStart;
  poll.settings = {true, false, true, 2, true};
  const auto shown = json::parse(to_json(poll, test::kStart));
  EXPECT_EQ(shown.at("title"), poll.title);
  EXPECT_EQ(shown.at("creator_id"), poll.owner.text());
  EXPECT_EQ(shown.at("status"), "closed");  // whatever the clock says: it is final
  EXPECT_EQ(shown.at("final"), true);
  EXPECT_EQ(shown.at("end_time"), to_text(poll.end_time));
  EXPECT_EQ(shown.at("allow_anonymous"), true);
  EXPECT_EQ(shown.at("show_results_during_voting"), false);
  EXPECT_EQ(shown.at("allow_multiple_options"), true);
  EXPECT_EQ(shown.at("max_votes_per_user"), 2);
  EXPECT_EQ(shown.at("allow_vote_change"), true);
  EXPECT_EQ(shown.at("options").at(1),
            (json{{"option_id", poll.options[1].id.text()}, {"text", "salad"}}));
}

TEST(Json, AVoteShowsWhatThereIsOfIt) {
  const Poll poll = test::new_poll();
  const auto shown = [&](const VoteStatus& vote) { return json::parse(to_json(poll.id, vote)); };
  EXPECT_EQ(shown({}), (json{{"poll_id", poll.id.text()}, {"status", "none"}}));
  const auto request = test::new_id<RequestId>();
  EXPECT_EQ(
      shown({VoteState::pending, std::nullopt, request}),
      (json{{"poll_id", poll.id.text()}, {"status", "pending"}, {"request_id", request.text()}}));
  const auto late = test::new_id<RequestId>();
  const StandingVote standing{request, {poll.options[2].id}, 3, test::kStart, {late}};
  EXPECT_EQ(shown({VoteState::confirmed, standing, std::nullopt}),
            (json{{"poll_id", poll.id.text()},
                  {"status", "confirmed"},
                  {"request_id", request.text()},
                  {"option_ids", {poll.options[2].id.text()}},
                  {"revision", 3},
                  {"cast_at", to_text(test::kStart)},
                  {"superseded", {late.text()}}}));
}

TEST(Json, AnAuditEntryIsOneLineWhateverAClientCallsItself) {
  AuditEntry entry;
  entry.action = "cast";
  entry.user_agent = "two\nlines \xff\xfe";
  const std::string line = to_json(entry);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_TRUE(json::parse(line).at("user_agent").get<std::string>().starts_with("two\nlines "));
  EXPECT_EQ(json::parse(line).at("new_option_ids"), json::array());
}

TEST(Json, TheAnswerToACastSaysHowCertainItIs) {
  const auto request = test::new_id<RequestId>();
  EXPECT_EQ(json::parse(to_json(CastAnswer{true, request})),
            (json{{"status", "confirmed"}, {"request_id", request.text()}}));
  EXPECT_EQ(json::parse(to_json(CastAnswer{false, request})),
            (json{{"status", "accepted"}, {"request_id", request.text()}}));
}

}  // namespace
}  // namespace vote::api
