// What limits look like over HTTP: which requests they count, and how they refuse.
#include "unit/api/api_world.h"

namespace vote {
namespace {

using test::Answer;
using test::Fate;
using test::Json;

Config::Api behind_a_proxy() {
  Config::Api settings;
  settings.trusted_proxies = {"192.0.2.7"};  // the peer of ApiWorld
  return settings;
}

class LimitsOfAnApi : public test::ApiWorld {
 protected:
  explicit LimitsOfAnApi(const Config::Limits& settings) : ApiWorld(settings, behind_a_proxy()) {}

  Answer cast(const std::string& who, http::Fields fields = {}) {
    return post(path_of(poll, "/votes"), who, ballot_of(poll, 0), std::move(fields));
  }
  Answer create(const std::string& owner, const std::string& title = "Where do we eat?") {
    return post("/v1/polls", owner,
                {{"title", title},
                 {"options", {"Soup", "Noodles"}},
                 {"end_time", to_text(kEnd)},
                 {"status", "active"}});
  }
  static http::Fields from(const std::string& address) { return {{"X-Forwarded-For", address}}; }
  static http::Fields on(const std::string& device) { return {{"User-Agent", device}}; }

  static constexpr Time kEnd = test::kStart + std::chrono::hours(100);
  Poll poll = test::add_poll(engine.store, [] {
    Poll changeable = test::new_poll();
    changeable.settings.allow_vote_change = true;
    return changeable;
  }());
  const std::string voter = fresh_token();
};

class NoLimits : public LimitsOfAnApi {
 protected:
  NoLimits() : LimitsOfAnApi(kNoLimits) {}
};

TEST_F(NoLimits, AskTheCacheNothing) {
  EXPECT_EQ(cast(voter).status(), 202U);
  EXPECT_EQ(create(voter).status(), 201U);
  EXPECT_EQ(cache.faults.calls("allow"), 0);
}

class VotesPerAddress : public LimitsOfAnApi {
 protected:
  VotesPerAddress() : LimitsOfAnApi({3, 0, 0, 0}) {}
  std::vector<unsigned> statuses(int votes, const std::string& address) {
    std::vector<unsigned> found;
    for (int n = 0; n < votes; ++n) found.push_back(cast(fresh_token(), from(address)).status());
    return found;
  }
};

TEST_F(VotesPerAddress, AreRefusedWithWhenToTryAgain) {
  EXPECT_EQ(statuses(3, "203.0.113.9"), (std::vector{202U, 202U, 202U}));
  const Answer refused = cast(voter, from("203.0.113.9"));
  EXPECT_EQ(refused.status(), 429U);
  EXPECT_EQ(refused.code(), "rate_limited");
  EXPECT_EQ(refused.json().at("detail"),
            "too many votes from 203.0.113.9: no more than 3 in 1min, try again in 20s");
  EXPECT_EQ(refused.field("Retry-After"), "20");
  EXPECT_EQ(refused.field("RateLimit-Policy"), "\"votes-per-address\";q=3;w=60");
  EXPECT_EQ(refused.field("RateLimit"), "\"votes-per-address\";r=0;t=20");
  advance(std::chrono::seconds(20));
  EXPECT_EQ(statuses(2, "203.0.113.9"), (std::vector{202U, 429U}));
}

TEST_F(VotesPerAddress, AreCountedByTheAddressBehindTheProxy) {
  EXPECT_EQ(statuses(4, "203.0.113.9").back(), 429U);
  EXPECT_EQ(statuses(1, "203.0.113.10").back(), 202U);
  EXPECT_EQ(statuses(1, "198.51.100.1, 203.0.113.9").back(), 429U) << "the client's own words";
}

TEST_F(VotesPerAddress, OfIpv6AreCountedByNetwork) {
  for (const char* address : {"2001:db8:0:1::1", "2001:db8:0:1::2", "2001:db8:0:1:2:3:4:5"})
    EXPECT_EQ(cast(fresh_token(), from(address)).status(), 202U);
  const Answer refused = cast(voter, from("2001:db8:0:1::4"));
  EXPECT_EQ(refused.status(), 429U);
  EXPECT_NE(refused.body.find("2001:db8:0:1::/64"), std::string::npos) << refused.body;
  EXPECT_EQ(cast(voter, from("2001:db8:0:2::4")).status(), 202U);
}

TEST_F(VotesPerAddress, WhatIsRefusedLeavesNoMarkAndCountsNothing) {
  statuses(3, "203.0.113.9");
  EXPECT_EQ(cast(voter, from("203.0.113.9")).status(), 429U);
  EXPECT_EQ(get(path_of(poll, "/votes/me"), voter).json().at("status"), "none");
  EXPECT_EQ(cast(voter, from("203.0.113.10")).status(), 202U);
  drain();
  test::expect_counted(files, 4);
}

TEST_F(VotesPerAddress, ARequestSentAgainGetsItsAnswerOnceItMay) {
  const std::string key = test::new_id<RequestId>().text();
  const auto again = [&] {
    http::Fields fields = from("203.0.113.9");
    fields.emplace_back("Idempotency-Key", key);
    return cast(voter, fields);
  };
  for (int n = 0; n < 3; ++n) EXPECT_EQ(again().status(), 202U);
  EXPECT_EQ(again().status(), 429U);
  advance(std::chrono::seconds(20));
  EXPECT_EQ(again().status(), 202U);
  drain();
  test::expect_counted(files, 1);
}

TEST_F(VotesPerAddress, MalformedRequestsAndReadsTakeNothing) {
  for (int n = 0; n < 5; ++n) {
    EXPECT_EQ(post(path_of(poll, "/votes"), voter, Json::object()).status(), 400U);
    EXPECT_EQ(post(path_of(poll, "/votes"), "", ballot_of(poll, 0)).status(), 401U);
    EXPECT_EQ(get(path_of(poll, "/votes/me"), voter).status(), 200U);
  }
  EXPECT_EQ(statuses(3, "192.0.2.7").back(), 202U);
}

TEST_F(VotesPerAddress, AreNotLimitedWhileTheCacheIsOutOfReach) {
  cache.faults.before("allow", test::always(Fate::refuse));
  EXPECT_EQ(statuses(5, "203.0.113.9").back(), 202U);
}

TEST_F(VotesPerAddress, TheAddressThatIsKeptOfAVoteIsTheClients) {
  cast(voter, from("203.0.113.9"));
  drain();
  EXPECT_EQ(test::text(files.store, "SELECT ip_address FROM vote_audit_log"), "203.0.113.9");
}

class VotesPerUser : public LimitsOfAnApi {
 protected:
  VotesPerUser() : LimitsOfAnApi({0, 0, 4, 0}) {}
};

TEST_F(VotesPerUser, CountCastsChangesAndRevocations) {
  EXPECT_EQ(cast(voter).status(), 202U);
  drain();
  const auto mine = path_of(poll, "/votes/me");
  EXPECT_EQ(ask(http::Method::put, mine, voter, ballot_of(poll, 1)).status(), 200U);
  EXPECT_EQ(ask(http::Method::delete_, mine, voter).status(), 200U);
  EXPECT_EQ(ask(http::Method::put, mine, voter, ballot_of(poll, 2)).status(), 200U);
  const Answer put = ask(http::Method::put, mine, voter, ballot_of(poll, 1));
  EXPECT_EQ(put.code(), "rate_limited");
  EXPECT_EQ(put.field("RateLimit-Policy"), "\"votes-per-user\";q=4;w=300");
  EXPECT_EQ(put.field("Retry-After"), "75");
  EXPECT_EQ(ask(http::Method::delete_, mine, voter).code(), "rate_limited");
  EXPECT_EQ(cast(voter).code(), "rate_limited");
  EXPECT_EQ(get(mine, voter).json().at("option_ids"), Json{poll.options[2].id.text()});
  EXPECT_EQ(cast(fresh_token()).status(), 202U);
}

class DevicesPerUser : public LimitsOfAnApi {
 protected:
  DevicesPerUser() : LimitsOfAnApi({0, 0, 0, 2}) {}
};

TEST_F(DevicesPerUser, BeyondTheLimitAreForbidden) {
  EXPECT_EQ(cast(voter, on("one")).status(), 202U);
  EXPECT_EQ(cast(voter, on("two")).status(), 409U);
  const Answer refused = cast(voter, on("three"));
  EXPECT_EQ(refused.status(), 403U);
  EXPECT_EQ(refused.code(), "too_many_devices");
  EXPECT_EQ(refused.json().at("detail"),
            "too many devices with this account: no more than 2 in 1d, use one of those or try "
            "again in 1d");
  EXPECT_EQ(refused.field("Retry-After"), "86400");
  EXPECT_EQ(refused.field("RateLimit-Policy"), "\"devices-per-user\";q=2;w=86400");
  EXPECT_EQ(cast(voter, on("one")).status(), 409U) << "a known device was refused";
  EXPECT_EQ(cast(fresh_token(), on("three")).status(), 202U);
}

TEST_F(DevicesPerUser, AreToldApartByTheirFingerprintBeforeTheirAgent) {
  const auto device = [](const std::string& fingerprint, const std::string& agent) {
    return http::Fields{{"X-Device-Fingerprint", fingerprint}, {"User-Agent", agent}};
  };
  for (const char* agent : {"one", "two", "three"})
    EXPECT_NE(cast(voter, device("same", agent)).status(), 403U) << agent;
  EXPECT_NE(cast(voter, device("other", "one")).status(), 403U);
  EXPECT_EQ(cast(voter, device("third", "one")).status(), 403U);
}

class PollsPerUser : public LimitsOfAnApi {
 protected:
  PollsPerUser() : LimitsOfAnApi({0, 2, 0, 0}) {}
};

TEST_F(PollsPerUser, AreRefusedBeyondTheLimitUnlessAnAdminMakesThem) {
  EXPECT_EQ(create(voter, "").status(), 422U) << "counted although refused";
  EXPECT_EQ(create(voter).status(), 201U);
  EXPECT_EQ(create(voter).status(), 201U);
  const Answer refused = create(voter);
  EXPECT_EQ(refused.status(), 429U);
  EXPECT_EQ(refused.json().at("detail"),
            "too many new polls with this account: no more than 2 in 1h, try again in 30min");
  EXPECT_EQ(refused.field("Retry-After"), "1800");
  EXPECT_EQ(create(fresh_token()).status(), 201U);
  const std::string admin = fresh_token(Role::admin);
  for (int n = 0; n < 4; ++n) EXPECT_EQ(create(admin).status(), 201U);
  advance(std::chrono::minutes(30));
  EXPECT_EQ(create(voter).status(), 201U);
}

}  // namespace
}  // namespace vote
