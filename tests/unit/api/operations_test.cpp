#include <algorithm>
#include <sstream>

#include "unit/api/api_world.h"

namespace vote {
namespace {

using namespace std::chrono_literals;
using test::Answer;
using test::Fate;
using test::Json;

class AuditOfAnApi : public test::ApiWorld {
 protected:
  void cast(int votes) {
    for (int n = 0; n < votes; ++n) {
      const CastVote vote = test::new_vote(poll, static_cast<std::size_t>(n % 3));
      test::append(engine.queue, vote);
    }
    drain();
  }
  Answer log() { return get(path_of(poll, "/audit"), fresh_token(Role::auditor)); }

  Poll poll = test::add_poll(engine.store, test::new_poll());
};

TEST_F(AuditOfAnApi, ALongLogIsReadPageByPageInOrder) {
  constexpr int kVotes = 1'100;
  cast(kVotes);
  const Answer answer = log();
  EXPECT_EQ(answer.response.content_type, "application/x-ndjson");
  std::istringstream lines(answer.body);
  std::int64_t last = 0;
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const Json entry = Json::parse(line);
    EXPECT_GT(entry.at("log_id"), last);
    last = entry.at("log_id");
    EXPECT_EQ(entry.at("action"), "cast");
    EXPECT_EQ(entry.at("old_option_ids"), Json::array());
    EXPECT_EQ(entry.at("new_option_ids").size(), 1U);
  }
  EXPECT_EQ(count, kVotes);
  EXPECT_GE(store.faults.calls("audit"), 3);
}

TEST_F(AuditOfAnApi, APageThatIsJustFullLosesNothing) {
  cast(500);
  EXPECT_EQ(std::ranges::count(log().body, '\n'), 500);
}

TEST_F(AuditOfAnApi, OfAPollWithoutVotesIsEmpty) {
  const Answer answer = log();
  EXPECT_EQ(answer.status(), 200U);
  EXPECT_EQ(answer.body, "");
}

TEST_F(AuditOfAnApi, AFailureBeforeTheFirstLineHasItsStatus) {
  store.faults.before("audit", test::always(Fate::refuse));
  EXPECT_EQ(log().code(), "unavailable");
}

TEST_F(AuditOfAnApi, AFailureOnTheWayBreaksTheAnswerOff) {
  cast(1'100);
  store.faults.before("audit", [](int pass) { return pass < 2 ? Fate::go_on : Fate::refuse; });
  EXPECT_THROW(log(), std::runtime_error);
}

TEST_F(AuditOfAnApi, AReadingIsLoggedBeforeTheFirstLine) {
  cast(1);
  const UserId reader = test::new_id<UserId>();
  ASSERT_EQ(get(path_of(poll, "/audit"), token(reader, Role::auditor)).status(), 200U);
  const Answer actions = get("/v1/operator-log?poll=" + poll.id.text(), fresh_token(Role::admin));
  ASSERT_EQ(actions.status(), 200U);
  const Json first = Json::parse(actions.body.substr(0, actions.body.find('\n')));
  EXPECT_EQ(first.at("actor"), reader.text());
  EXPECT_EQ(first.at("action"), "audit_read");
  EXPECT_EQ(first.at("poll_id"), poll.id.text());
  EXPECT_EQ(first.at("ip"), "192.0.2.7");
  EXPECT_EQ(std::ranges::count(actions.body, '\n'), 2) << "the reading of this log is in it";
  EXPECT_NE(actions.body.find("operator_log_read"), std::string::npos);
}

TEST_F(AuditOfAnApi, WhatCannotBeLoggedIsNotShown) {
  cast(1);
  store.faults.before("note", test::always(Fate::refuse));
  EXPECT_EQ(log().code(), "unavailable");
  EXPECT_EQ(get("/v1/operator-log", fresh_token(Role::admin)).code(), "unavailable");
  EXPECT_EQ(get(path_of(poll, "/export"), fresh_token(Role::admin)).code(), "unavailable");
}

TEST_F(AuditOfAnApi, WhatIsRefusedIsNoReading) {
  EXPECT_EQ(get(path_of(test::new_poll(), "/audit"), fresh_token(Role::admin)).status(), 404U);
  EXPECT_EQ(get(path_of(poll, "/audit"), fresh_token()).status(), 403U);
  EXPECT_EQ(store.faults.calls("note"), 0);
}

TEST_F(AuditOfAnApi, TheOperatorLogIsForAuditorsAndAdmins) {
  EXPECT_EQ(get("/v1/operator-log").status(), 401U);
  EXPECT_EQ(get("/v1/operator-log", fresh_token()).code(), "forbidden");
  EXPECT_EQ(get("/v1/operator-log?poll=x", fresh_token(Role::auditor)).code(), "malformed");
}

TEST_F(AuditOfAnApi, IsForAuditorsAndAdmins) {
  EXPECT_EQ(get(path_of(poll, "/audit")).status(), 401U);
  for (const Role role : {Role::guest, Role::voter})
    EXPECT_EQ(get(path_of(poll, "/audit"), fresh_token(role)).code(), "forbidden");
  EXPECT_EQ(get(path_of(poll, "/audit"), token(poll.owner)).code(), "forbidden");
  EXPECT_EQ(get(path_of(test::new_poll(), "/audit"), fresh_token(Role::admin)).code(), "not_found");
}

using Operations = test::ApiWorld;

TEST_F(Operations, ReadinessTellsWhetherAndHowVotesAreAccepted) {
  const Json parts{{"store", true}, {"queue", true}, {"cache", true}};
  EXPECT_EQ(
      get("/readyz").json(),
      (Json{{"status", "ready"}, {"mode", "queue"}, {"parts", parts}, {"reasons", Json::array()}}));
  store.faults.before("renew", test::always(Fate::refuse));
  polls.refresh();
  const Answer without_store = get("/readyz");
  EXPECT_EQ(without_store.status(), 200U) << "votes go on into the queue";
  EXPECT_EQ(without_store.json().at("mode"), "queue");
  EXPECT_EQ(without_store.json().at("parts").at("store"), false);
  EXPECT_EQ(without_store.json().at("reasons").size(), 1U);
  advance(10min);
  const Answer without_lease = get("/readyz");
  EXPECT_EQ(without_lease.status(), 503U);
  EXPECT_EQ(without_lease.json().at("mode"), "none");
  EXPECT_EQ(without_lease.json().at("reasons").size(), 2U);
  EXPECT_EQ(without_lease.field("Retry-After"), "1");
  EXPECT_EQ(get("/healthz").status(), 200U);
}

TEST_F(Operations, WhoIsToldToStopIsNotReadyAndStillTakesVotes) {
  const Poll poll = test::add_poll(engine.store, test::new_poll());
  stop.request();
  const Answer answer = get("/readyz");
  EXPECT_EQ(answer.status(), 503U);
  EXPECT_EQ(answer.json().at("status"), "not ready");
  EXPECT_EQ(answer.json().at("mode"), "queue");
  EXPECT_EQ(answer.json().at("reasons"), Json{"it was told to stop"});
  EXPECT_EQ(get("/healthz").status(), 200U);
  EXPECT_EQ(post(path_of(poll, "/votes"), fresh_token(), ballot_of(poll, 0)).status(), 202U);
}

}  // namespace
}  // namespace vote
