#include "unit/api/api_world.h"

namespace vote {
namespace {

using test::Answer;
using test::Fate;
using test::Json;

class VotesOfAnApi : public test::ApiWorld {
 protected:
  Answer cast(std::size_t option, http::Fields fields = {}) {
    return post(path_of(poll, "/votes"), voter, ballot_of(poll, option), std::move(fields));
  }
  Answer change(const Json& body) {
    return ask(http::Method::put, path_of(poll, "/votes/me"), voter, body);
  }
  Answer mine() { return get(path_of(poll, "/votes/me"), voter); }

  static Poll changeable() {
    Poll poll = test::new_poll();
    poll.settings.allow_vote_change = true;
    return poll;
  }
  Poll poll = test::add_poll(engine.store, changeable());
  const UserId id = test::new_id<UserId>();
  const std::string voter = token(id);
};

TEST_F(VotesOfAnApi, WhatIsKeptOfARequestIsWhatItSaid) {
  const std::string key = test::new_id<RequestId>().text();
  const Answer accepted = cast(1, {{"Idempotency-Key", key},
                                   {"User-Agent", std::string(5'000, 'x')},
                                   {"X-Forwarded-For", "203.0.113.9"}});
  EXPECT_EQ(accepted.status(), 202U);
  EXPECT_EQ(accepted.json(), (Json{{"status", "accepted"}, {"request_id", key}}));
  EXPECT_EQ(mine().json().at("status"), "pending");
  EXPECT_EQ(mine().json().at("request_id"), key);
  drain();
  EXPECT_EQ(mine().json().at("status"), "confirmed");
  EXPECT_EQ(mine().json().at("option_ids"), Json{poll.options[1].id.text()});
  EXPECT_EQ(test::text(files.store, "SELECT ip_address FROM vote_audit_log"), "192.0.2.7");
  EXPECT_EQ(test::number(files.store, "SELECT length(user_agent) FROM vote_audit_log"),
            kUserAgentBytesMax);
}

TEST_F(VotesOfAnApi, AUserAgentThatIsNoUtf8IsKeptAsNearAsItCan) {
  EXPECT_EQ(cast(1, {{"User-Agent", "t\xE9l " + std::string(300, '\xFF')}}).status(), 202U);
  drain();
  const std::string kept = test::text(files.store, "SELECT user_agent FROM vote_audit_log");
  EXPECT_TRUE(kept.starts_with("t\uFFFDl \uFFFD")) << kept;
  EXPECT_TRUE(kept.ends_with("\uFFFD")) << kept;
  EXPECT_LE(kept.size(), kUserAgentBytesMax);
}

TEST_F(VotesOfAnApi, WithoutAKeyEachIsARequestOfItsOwn) {
  const Answer first = cast(0);
  EXPECT_EQ(first.status(), 202U);
  const Answer second = cast(0);
  EXPECT_EQ(second.code(), "vote_in_progress");
  EXPECT_EQ(second.field("Retry-After"), "1");
}

TEST_F(VotesOfAnApi, AKeyThatIsNoUuidIsRefused) {
  for (const char* key : {"", "1", "not-a-uuid"})
    EXPECT_EQ(cast(0, {{"Idempotency-Key", key}}).code(), "malformed") << key;
  EXPECT_EQ(mine().json().at("status"), "none");
}

TEST_F(VotesOfAnApi, AWishToWaitIsAnsweredWithWhatWasApplied) {
  queue.faults.before("append", test::always(Fate::refuse));
  const Answer confirmed = cast(0, {{"Prefer", "wait=600"}});
  EXPECT_EQ(confirmed.status(), 201U);
  EXPECT_EQ(confirmed.json().at("status"), "confirmed");
  EXPECT_EQ(confirmed.field("Preference-Applied"), "wait=10");
  EXPECT_EQ(cast(0).field("Preference-Applied"), "");
}

TEST_F(VotesOfAnApi, ABallotIsGivenInOneWay) {
  const std::string option = poll.options[0].id.text();
  for (const Json& body : {Json::object(), Json{{"option_id", option}, {"option_ids", {option}}},
                           Json{{"option_id", {option}}}, Json{{"option_ids", option}}})
    EXPECT_EQ(post(path_of(poll, "/votes"), voter, body).code(), "malformed") << body;
  Json many{{"option_ids", Json::array()}};
  EXPECT_EQ(post(path_of(poll, "/votes"), voter, many).code(), "invalid_option");
  for (int n = 0; n < 101; ++n) many["option_ids"].push_back(test::new_id<OptionId>().text());
  EXPECT_EQ(post(path_of(poll, "/votes"), voter, many).code(), "invalid_option");
  EXPECT_EQ(post(path_of(poll, "/votes"), voter, {{"option_id", option}}).status(), 202U);
}

TEST_F(VotesOfAnApi, AChangeToNoOptionIsNoRevocation) {
  cast(0);
  drain();
  EXPECT_EQ(change({{"option_ids", Json::array()}}).code(), "invalid_option");
  EXPECT_EQ(mine().json().at("status"), "confirmed");
  const Answer changed = change(ballot_of(poll, 2));
  EXPECT_EQ(changed.status(), 200U);
  EXPECT_EQ(changed.json().at("option_ids"), Json{poll.options[2].id.text()});
  EXPECT_EQ(changed.json().at("revision"), 1);
  const Answer revoked = ask(http::Method::delete_, path_of(poll, "/votes/me"), voter);
  EXPECT_EQ(revoked.json().at("status"), "revoked");
  EXPECT_EQ(mine().json().at("status"), "revoked");
}

TEST_F(VotesOfAnApi, AreNobodysWithoutAToken) {
  EXPECT_EQ(post(path_of(poll, "/votes"), "", ballot_of(poll, 0)).status(), 401U);
  EXPECT_EQ(get(path_of(poll, "/votes/me")).status(), 401U);
  EXPECT_EQ(ask(http::Method::put, path_of(poll, "/votes/me"), "", ballot_of(poll, 0)).status(),
            401U);
  EXPECT_EQ(ask(http::Method::delete_, path_of(poll, "/votes/me")).status(), 401U);
}

TEST_F(VotesOfAnApi, GuestsVoteWhereTheyMay) {
  const std::string guest = fresh_token(Role::guest);
  EXPECT_EQ(post(path_of(poll, "/votes"), guest, ballot_of(poll, 0)).code(), "guests_not_allowed");
  Poll for_all = test::new_poll();
  for_all.settings.allow_anonymous = true;
  for_all = test::add_poll(engine.store, for_all);
  EXPECT_EQ(post(path_of(for_all, "/votes"), guest, ballot_of(for_all, 0)).status(), 202U);
}

TEST_F(VotesOfAnApi, OfAPollThatIsNotThereAreNotFound) {
  Poll nowhere = test::new_poll();
  EXPECT_EQ(post(path_of(nowhere, "/votes"), voter, ballot_of(nowhere, 0)).code(), "not_found");
  EXPECT_EQ(get(path_of(nowhere, "/votes/me"), voter).code(), "not_found");
  EXPECT_EQ(
      ask(http::Method::put, path_of(nowhere, "/votes/me"), voter, ballot_of(nowhere, 0)).code(),
      "not_found");
  EXPECT_EQ(post("/v1/polls/x/votes", voter, ballot_of(nowhere, 0)).code(), "malformed");
}

}  // namespace
}  // namespace vote
