#include "unit/api/api_world.h"

namespace vote {
namespace {

using namespace std::chrono_literals;
using test::Answer;
using test::Fate;
using test::Json;

class PollsOfAnApi : public test::ApiWorld {
 protected:
  Json body(Json more = Json::object()) {
    Json body{{"title", "Lunch"},
              {"options", {"soup", "bread"}},
              {"end_time", to_text(test::kStart + 1h)},
              {"status", "active"}};
    body.update(more);
    return body;
  }
  std::string make(const Json& more = Json::object()) {
    const Answer made = post("/v1/polls", owner, body(more));
    if (made.status() != 201) throw std::runtime_error(made.body);
    return "/v1/polls/" + made.json().at("poll_id").get<std::string>();
  }
  Answer patch(const std::string& path, const Json& body) {
    return ask(http::Method::patch, path, owner, body);
  }
  Answer remove(const std::string& path, const std::string& token) {
    return ask(http::Method::delete_, path, token);
  }

  const std::string owner = fresh_token();
  const std::string other = fresh_token();
  const std::string admin = fresh_token(Role::admin);
};

TEST_F(PollsOfAnApi, WithoutAStartOpensAtOnce) {
  const Answer made = post("/v1/polls", owner, body());
  EXPECT_EQ(made.status(), 201U);
  EXPECT_EQ(made.json().at("status"), "active");
  EXPECT_EQ(made.field("Location"), "/v1/polls/" + made.json().at("poll_id").get<std::string>());
  EXPECT_EQ(made.json(), get(made.field("Location")).json());
}

TEST_F(PollsOfAnApi, IsADraftUnlessItSaysOtherwise) {
  Json without = body();
  without.erase("status");
  EXPECT_EQ(post("/v1/polls", owner, without).json().at("status"), "draft");
  EXPECT_EQ(post("/v1/polls", owner, body({{"status", "closed"}})).code(), "malformed");
  for (const char* field : {"title", "options", "end_time"}) {
    without = body();
    without.erase(field);
    const Answer refused = post("/v1/polls", owner, without);
    EXPECT_EQ(refused.code(), "malformed");
    EXPECT_NE(refused.body.find(field), std::string::npos) << refused.body;
  }
}

TEST_F(PollsOfAnApi, ThatHasEndedAlreadyIsNotOpened) {
  const Json past{{"start_time", to_text(test::kStart - 2h)}, {"end_time", to_text(test::kStart)}};
  EXPECT_EQ(post("/v1/polls", owner, body(past)).code(), "invalid_input");
  Json draft = past;
  draft["status"] = "draft";
  const std::string path = make(draft);
  EXPECT_EQ(post(path + "/open", owner).code(), "invalid_input");
  EXPECT_EQ(patch(path, {{"status", "active"}}).code(), "invalid_input");
}

TEST_F(PollsOfAnApi, WithManyOptionsOnABallotTakesAllUnlessItSaysHowMany) {
  const auto most = [&](const Json& more) {
    return get(make(more)).json().at("max_votes_per_user").get<int>();
  };
  EXPECT_EQ(most(Json::object()), 1);
  EXPECT_EQ(most({{"allow_multiple_options", true}, {"options", {"a", "b", "c"}}}), 3);
  EXPECT_EQ(most({{"allow_multiple_options", true}, {"max_votes_per_user", 2}}), 2);
}

TEST_F(PollsOfAnApi, ADraftIsThereForItsOwnerAndAdminsAlone) {
  const std::string draft = make({{"status", "draft"}});
  for (const std::string& token : {owner, admin}) EXPECT_EQ(get(draft, token).status(), 200U);
  for (const std::string& token : {other, std::string()}) {
    EXPECT_EQ(get(draft, token).status(), 404U);
    EXPECT_EQ(get(draft + "/results", token).status(), 404U);
  }
  EXPECT_EQ(get(draft + "/results", owner).status(), 200U);
  for (const char* more : {"/open", "/close"}) EXPECT_EQ(post(draft + more, other).status(), 404U);
  EXPECT_EQ(ask(http::Method::patch, draft, other, {{"title", "x"}}).status(), 404U);
  EXPECT_EQ(remove(draft, other).status(), 404U);
  EXPECT_EQ(get(draft + "/votes/me", other).status(), 404U);
  const Json ballot{{"option_id", test::new_id<OptionId>().text()}};
  EXPECT_EQ(post(draft + "/votes", other, ballot).status(), 404U);
  EXPECT_EQ(post(draft + "/votes", owner, ballot).code(), "poll_not_active");
  EXPECT_EQ(get(draft, owner).status(), 200U);
}

TEST_F(PollsOfAnApi, AListHoldsNoDraftOfOthers) {
  make({{"status", "draft"}});
  make();
  const auto listed = [&](const std::string& query, const std::string& token) {
    return get("/v1/polls" + query, token).json().at("polls").size();
  };
  EXPECT_EQ(listed("", ""), 1U);
  EXPECT_EQ(listed("", other), 1U);
  EXPECT_EQ(listed("", owner), 2U);
  EXPECT_EQ(listed("", admin), 2U);
  EXPECT_EQ(listed("?mine=true", admin), 0U);
  EXPECT_EQ(listed("?status=draft&mine=false", owner), 1U);
  EXPECT_EQ(get("/v1/polls?mine=true").status(), 401U);
  for (const char* query : {"?mine=1", "?status=open", "?limit=x"})
    EXPECT_EQ(get("/v1/polls" + std::string(query)).code(), "malformed") << query;
  EXPECT_EQ(get("/v1/polls?cursor=x").code(), "invalid_input");
}

TEST_F(PollsOfAnApi, AChangeIsSeenByTheNextRequest) {
  const std::string path = make({{"status", "draft"}});
  get(path, owner);
  EXPECT_EQ(patch(path, {{"title", "Dinner"}, {"options", {"rice", "fish"}}}).status(), 200U);
  EXPECT_EQ(get(path, owner).json().at("title"), "Dinner");
  EXPECT_EQ(patch(path, {{"status", "active"}}).json().at("status"), "active");
  EXPECT_EQ(get(path).json().at("options")[1].at("text"), "fish");
  EXPECT_EQ(post(path + "/close", owner).json().at("status"), "closed");
  EXPECT_EQ(get(path).json().at("status"), "closed");
  EXPECT_EQ(post(path + "/open", owner).code(), "poll_not_editable");
  const Json ballot{{"option_id", test::new_id<OptionId>().text()}};
  EXPECT_EQ(post(path + "/votes", other, ballot).code(), "poll_not_active");
}

TEST_F(PollsOfAnApi, ADraftDeletedThroughAnotherApiIsGoneHereToo) {
  const std::string path = make({{"status", "draft"}});
  EXPECT_EQ(get(path, owner).status(), 200U);
  const auto id = PollId::parse(path.substr(std::string("/v1/polls/").size())).value();
  const auto anything = [](const Poll&, Time) { return std::optional<Error>(); };
  ASSERT_TRUE(wait_for<Result<Done>>(
      [&](auto done) { engine.store.delete_poll(id, anything, std::move(done)); }));
  EXPECT_EQ(get(path, owner).status(), 404U);
}

TEST_F(PollsOfAnApi, OnlyItsOwnerAndAdminsChangeIt) {
  const std::string path = make();
  for (const Role role : {Role::guest, Role::voter, Role::auditor})
    EXPECT_EQ(post(path + "/close", fresh_token(role)).code(), "forbidden");
  EXPECT_EQ(post(path + "/close", admin).status(), 200U);
  EXPECT_EQ(post("/v1/polls", fresh_token(Role::guest), body()).code(), "forbidden");
}

TEST_F(PollsOfAnApi, IsShownWhileTheStoreIsAwayButNotChanged) {
  const std::string path = make();
  get(path);
  for (const char* verb : {"poll", "polls", "revise_poll", "delete_poll", "add_poll"})
    store.faults.before(verb, test::always(Fate::refuse));
  EXPECT_EQ(get(path).status(), 200U);
  EXPECT_EQ(post(path + "/close", owner).code(), "unavailable");
  EXPECT_EQ(remove(path, owner).code(), "unavailable");
  EXPECT_EQ(post("/v1/polls", owner, body()).code(), "unavailable");
  EXPECT_EQ(get("/v1/polls").code(), "unavailable");
}

TEST_F(PollsOfAnApi, TakesNoBodyWhereNoneBelongs) {
  const std::string path = make();
  EXPECT_EQ(post(path + "/close", owner, {{"at", "noon"}}).code(), "malformed");
  EXPECT_EQ(get(path).json().at("status"), "active");
  EXPECT_EQ(post(path + "/close", owner, Json::object()).status(), 200U);
}

}  // namespace
}  // namespace vote
