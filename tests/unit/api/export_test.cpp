#include <algorithm>
#include <sstream>

#include "unit/api/api_world.h"

namespace vote {
namespace {

using namespace std::chrono_literals;
using test::Answer;
using test::Fate;
using test::Json;

class ExportOfAnApi : public test::ApiWorld {
 protected:
  UserId cast(std::size_t option) {
    const CastVote vote = test::new_vote(poll, option);
    test::append(engine.queue, vote);
    return vote.voter;
  }
  Answer read(const std::string& query = "") {
    return get(path_of(poll, "/export" + query), fresh_token(Role::auditor));
  }
  static std::vector<Json> lines_of(const Answer& answer) {
    std::vector<Json> lines;
    std::istringstream text(answer.body);
    for (std::string line; std::getline(text, line);) lines.push_back(Json::parse(line));
    return lines;
  }

  Poll poll = test::add_poll(engine.store, test::new_poll());
};

TEST_F(ExportOfAnApi, HoldsThePollEachBallotAndWhatTheyCountTo) {
  const UserId voter = cast(1);
  for (int i = 0; i < 4; ++i) cast(2);
  drain();
  const auto lines = lines_of(read());
  ASSERT_EQ(lines.size(), 7U);
  EXPECT_EQ(lines[0].at("format"), "vote-export");
  EXPECT_EQ(lines[0].at("poll").at("poll_id"), poll.id.text());
  EXPECT_FALSE(lines[0].contains("ended_at"));
  EXPECT_TRUE(std::ranges::any_of(lines, [&](const Json& line) {
    return line.value("user_id", "") == voter.text() &&
           line.at("option_ids") == Json{poll.options[1].id.text()};
  }));
  EXPECT_EQ(lines[6].at("end"), true);
  EXPECT_EQ(lines[6].at("ballots"), 5);
  EXPECT_EQ(lines[6].at("results").at("total_votes"), 5);
  EXPECT_EQ(lines[6].at("results").at("options")[2].at("votes"), 4);
}

TEST_F(ExportOfAnApi, AnonymousTellsOnlyHowOftenEachChoiceWasMade) {
  const UserId voter = cast(0);
  for (int i = 0; i < 3; ++i) cast(2);
  drain();
  const Answer answer = read("?anonymous=true");
  const auto lines = lines_of(answer);
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[1].size(), 2U) << lines[1];
  EXPECT_EQ(lines[1].at("ballots").get<int>() + lines[2].at("ballots").get<int>(), 4);
  EXPECT_EQ(answer.body.find(voter.text()), std::string::npos);
  for (const char* member : {"user_id", "request_id", "cast_at", "revision", "ip"})
    EXPECT_EQ(answer.body.find(std::string("\"") + member), std::string::npos) << member;
  EXPECT_EQ(lines[3].at("ballots"), 4);
}

TEST_F(ExportOfAnApi, OfManyBallotsIsReadPageByPage) {
  constexpr std::size_t kVotes = 2'000;
  for (std::size_t i = 0; i < kVotes; ++i) cast(i % 3);
  drain();
  EXPECT_EQ(lines_of(read()).size(), kVotes + 2);
  EXPECT_EQ(lines_of(read("?anonymous=true")).back().at("ballots"), kVotes);
}

TEST_F(ExportOfAnApi, OfAPollWithoutBallotsHasItsHeaderAndItsEnd) {
  EXPECT_EQ(lines_of(read()).size(), 2U);
  EXPECT_EQ(lines_of(read("?anonymous=true")).size(), 2U);
}

TEST_F(ExportOfAnApi, AClosedPollSaysWhenItEnded) {
  advance(1h);
  EXPECT_EQ(lines_of(read())[0].at("ended_at"), to_text(poll.end_time));
}

TEST_F(ExportOfAnApi, IsLogged) {
  read();
  read("?anonymous=true");
  const Answer log = get("/v1/operator-log", fresh_token(Role::auditor));
  const auto lines = lines_of(log);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0].at("action"), "exported");
  EXPECT_EQ(lines[0].at("detail"), "with voters");
  EXPECT_EQ(lines[1].at("detail"), "anonymous");
}

TEST_F(ExportOfAnApi, AFailureOnTheWayBreaksTheAnswerOff) {
  store.faults.before("ballots", test::always(Fate::refuse));
  EXPECT_THROW(read(), std::runtime_error);
  EXPECT_THROW(read("?anonymous=true"), std::runtime_error);
}

TEST_F(ExportOfAnApi, IsForAuditorsAndAdmins) {
  EXPECT_EQ(get(path_of(poll, "/export")).status(), 401U);
  EXPECT_EQ(get(path_of(poll, "/export"), token(poll.owner)).code(), "forbidden");
  EXPECT_EQ(read("?anonymous=perhaps").code(), "malformed");
  EXPECT_EQ(get(path_of(test::new_poll(), "/export"), fresh_token(Role::admin)).code(),
            "not_found");
  Poll draft = test::new_poll();
  draft.published = false;
  draft = test::add_poll(engine.store, draft);
  EXPECT_EQ(get(path_of(draft, "/export"), fresh_token(Role::auditor)).code(), "not_found");
  EXPECT_EQ(get(path_of(draft, "/export"), fresh_token(Role::admin)).status(), 200U);
}

}  // namespace
}  // namespace vote
