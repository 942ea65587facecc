#include "unit/api/api_world.h"

namespace vote {
namespace {

using namespace std::chrono_literals;
using test::Answer;
using test::Fate;
using test::Json;

class ResultsOfAnApi : public test::ApiWorld {
 protected:
  Answer results(const Poll& poll, const std::string& token = "", const std::string& etag = "") {
    http::Fields fields;
    if (!etag.empty()) fields.emplace_back("If-None-Match", etag);
    return get(path_of(poll, "/results"), token, std::move(fields));
  }
  Poll hiding() {
    Poll poll = test::new_poll();
    poll.settings.show_results_during_voting = false;
    poll.settings.allow_vote_change = true;
    return test::add_poll(engine.store, poll);
  }
  void vote(const Poll& poll, const std::string& token) {
    ASSERT_EQ(post(path_of(poll, "/votes"), token, ballot_of(poll, 0)).status(), 202U);
  }
};

TEST_F(ResultsOfAnApi, HiddenOnesAreShownToWhoHasABallot) {
  const Poll poll = hiding();
  const std::string voter = fresh_token();
  for (const std::string& token : {std::string(), voter, test::ApiWorld::token(poll.owner)}) {
    const Answer hidden = results(poll, token);
    EXPECT_EQ(hidden.code(), "results_hidden");
    EXPECT_EQ(hidden.json().at("detail"), "Vote to see results");
  }
  vote(poll, voter);
  EXPECT_EQ(results(poll, voter).code(), "results_hidden") << "accepted, but not a ballot yet";
  drain();
  const Answer shown = results(poll, voter);
  EXPECT_EQ(shown.json().at("total_votes"), 1);
  EXPECT_EQ(shown.field("Cache-Control"), "private, no-cache");
  EXPECT_EQ(results(poll).code(), "results_hidden");
  EXPECT_EQ(results(poll, fresh_token()).code(), "results_hidden");
}

TEST_F(ResultsOfAnApi, WhoHasRevokedTheirVoteSeesHiddenOnesNoLonger) {
  const Poll poll = hiding();
  const std::string voter = fresh_token();
  vote(poll, voter);
  drain();
  ASSERT_EQ(ask(http::Method::delete_, path_of(poll, "/votes/me"), voter).status(), 200U);
  EXPECT_EQ(results(poll, voter).code(), "results_hidden");
}

TEST_F(ResultsOfAnApi, HiddenOnesAreShownToAuditorsAndAdmins) {
  const Poll poll = hiding();
  for (const Role role : {Role::auditor, Role::admin})
    EXPECT_EQ(results(poll, fresh_token(role)).status(), 200U);
  EXPECT_EQ(results(poll, fresh_token(Role::guest)).code(), "results_hidden");
  EXPECT_EQ(results(poll, "no token").status(), 401U);
}

TEST_F(ResultsOfAnApi, HiddenOnesAreShownToAllAtTheVeryEnd) {
  const Poll poll = hiding();
  advance(1h - 1us);
  EXPECT_EQ(results(poll).code(), "results_hidden");
  advance(1us);
  const Answer shown = results(poll);
  EXPECT_EQ(shown.json().at("status"), "closed");
  EXPECT_EQ(shown.field("Cache-Control"), "no-cache");
}

TEST_F(ResultsOfAnApi, AnEtagThatStillHoldsSparesTheBody) {
  const Poll poll = test::add_poll(engine.store, test::new_poll());
  const Answer first = results(poll);
  const std::string etag = first.field("ETag");
  for (const std::string& known :
       {etag, "W/" + etag, "\"other\", " + etag, "\"other\"," + etag, std::string("*")}) {
    const Answer same = results(poll, "", known);
    EXPECT_EQ(same.status(), 304U) << known;
    EXPECT_EQ(same.body, "");
    EXPECT_EQ(same.field("ETag"), etag);
    EXPECT_EQ(same.field("Cache-Control"), "no-cache");
  }
  for (const std::string& known : {std::string("\"other\""), std::string("other"),
                                   std::string("\""), "x" + etag, etag.substr(1)})
    EXPECT_EQ(results(poll, "", known).status(), 200U) << known;
  vote(poll, fresh_token());
  drain();
  advance(MemoryCache::kCountsFreshFor + 1us);
  const Answer changed = results(poll, "", etag);
  EXPECT_EQ(changed.status(), 200U);
  EXPECT_NE(changed.field("ETag"), etag);
}

TEST_F(ResultsOfAnApi, FreshCountsAreShownWithoutTheStore) {
  const Poll poll = test::add_poll(engine.store, test::new_poll());
  EXPECT_EQ(results(poll).status(), 200U);
  store.faults.before("counts", test::always(Fate::refuse));
  EXPECT_EQ(results(poll).status(), 200U);
  EXPECT_EQ(store.faults.calls("counts"), 1);
  advance(MemoryCache::kCountsFreshFor + 1us);
  EXPECT_EQ(results(poll).code(), "unavailable");
}

TEST_F(ResultsOfAnApi, AreTheSameWithoutTheCache) {
  const Poll poll = test::add_poll(engine.store, test::new_poll());
  vote(poll, fresh_token());
  drain();
  const std::string with = results(poll).body;
  cache.faults.before("counts", test::always(Fate::refuse));
  EXPECT_EQ(results(poll).body, with);
}

TEST_F(ResultsOfAnApi, OnesOwnChangeIsSeenAtOnce) {
  Poll poll = test::new_poll();
  poll.settings.allow_vote_change = true;
  poll = test::add_poll(engine.store, poll);
  const std::string voter = fresh_token();
  vote(poll, voter);
  drain();
  EXPECT_EQ(results(poll).json()["options"][0]["votes"], 1);
  ASSERT_EQ(ask(http::Method::put, path_of(poll, "/votes/me"), voter, ballot_of(poll, 2)).status(),
            200U);
  EXPECT_EQ(results(poll).json()["options"][0]["votes"], 0);
  EXPECT_EQ(results(poll).json()["options"][2]["votes"], 1);
}

TEST_F(ResultsOfAnApi, OfAPollThatIsNotThereAreNotFound) {
  EXPECT_EQ(results(test::new_poll()).code(), "not_found");
  EXPECT_EQ(get("/v1/polls/x/results").code(), "malformed");
}

}  // namespace
}  // namespace vote
