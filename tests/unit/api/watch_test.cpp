// How watching results begins, as the routes answer it; what follows is in unit/http and flow.
#include "http/watch.h"

#include "unit/api/api_world.h"

namespace vote {
namespace {

using namespace std::chrono_literals;
using test::Answer;

const http::Fields kHandshake = {{"Host", "vote.example"},
                                 {"Upgrade", "websocket"},
                                 {"Connection", "Upgrade"},
                                 {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                                 {"Sec-WebSocket-Version", "13"}};

class WatchingResults : public test::ApiWorld {
 protected:
  Answer events(const Poll& at, const std::string& token = "", http::Fields fields = {}) {
    return get(path_of(at, "/results/events"), token, std::move(fields));
  }
  Answer socket(const Poll& at, const http::Fields& more = {}) {
    http::Fields fields = kHandshake;
    fields.insert(fields.end(), more.begin(), more.end());
    return get(path_of(at, "/results/live"), "", fields);
  }
  Poll hiding() {
    Poll hidden = test::new_poll();
    hidden.settings.show_results_during_voting = false;
    return test::add_poll(engine.store, hidden);
  }
  /// A token of somebody whose ballot stands, good for so long.
  std::string voter_of(const Poll& at, Duration length = 24h) {
    const std::string token =
        tokens.mint({test::new_id<UserId>(), Role::voter, true}, kStart, kStart + length);
    EXPECT_EQ(post(path_of(at, "/votes"), token, ballot_of(at, 0)).status(), 202U);
    drain();
    return token;
  }

  static constexpr Time kStart = test::kStart;
  Poll poll = test::add_poll(engine.store, test::new_poll());
};

TEST_F(WatchingResults, BeginsWithTheResults) {
  const Answer results = get(path_of(poll, "/results"));
  const Answer stream = events(poll);
  ASSERT_TRUE(stream.response.watch);
  EXPECT_EQ(stream.response.watch->first->text(), results.body);
  EXPECT_EQ(stream.response.watch->length_max, Duration::max());
  const Answer opened = socket(poll);
  EXPECT_EQ(opened.status(), 101U);
  EXPECT_EQ(opened.response.watch->first, stream.response.watch->first);
}

TEST_F(WatchingResults, IsRefusedForPollsThatAreUnknownOrHidden) {
  EXPECT_EQ(get("/v1/polls/" + test::new_id<PollId>().text() + "/results/events").status(), 404U);
  EXPECT_EQ(get("/v1/polls/none/results/events").status(), 400U);
  EXPECT_EQ(events(hiding()).code(), "results_hidden");
  EXPECT_EQ(socket(hiding()).code(), "results_hidden");
  Poll draft = test::new_poll();
  draft.published = false;
  EXPECT_EQ(socket(test::add_poll(engine.store, draft)).code(), "not_found");
}

TEST_F(WatchingResults, OfHiddenOnesIsAskedForAgainOrEndsWithTheToken) {
  const Poll hidden = hiding();
  const Answer shown = events(hidden, voter_of(hidden));
  ASSERT_TRUE(shown.response.watch) << shown.body;
  EXPECT_EQ(shown.response.watch->length_max, 1min);
  EXPECT_EQ(shown.response.watch->at_length_max.close_code, 4408);
  const Answer brief = events(hidden, voter_of(hidden, 10s));
  ASSERT_TRUE(brief.response.watch) << brief.body;
  EXPECT_EQ(brief.response.watch->length_max, 10s + kTokenLeeway);
  EXPECT_EQ(brief.response.watch->at_length_max.close_code, 4401);
}

TEST_F(WatchingResults, TakesATokenAsASubprotocol) {
  const Poll hidden = hiding();
  const std::string token = "vote.token." + voter_of(hidden);
  const auto protocol = [&](const std::string& offered) {
    const Answer opened = socket(hidden, {{"Sec-WebSocket-Protocol", offered}});
    return opened.response.watch ? opened.response.watch->subprotocol : opened.code();
  };
  EXPECT_EQ(protocol("vote.results, " + token), "vote.results");
  EXPECT_EQ(protocol(token), token);
  EXPECT_EQ(protocol("vote.results"), "results_hidden");
  EXPECT_EQ(protocol("vote.token.none"), "unauthorized");
}

TEST_F(WatchingResults, IsRefusedToForeignPages) {
  EXPECT_EQ(socket(poll, {{"Origin", "https://evil.example"}}).code(), "forbidden");
  for (const char* own : {"https://vote.example", "https://public.example"})
    EXPECT_EQ(socket(poll, {{"Origin", own}}).status(), 101U) << own;
}

TEST_F(WatchingResults, WithoutAHandshakeIsToldWhatThereIs) {
  EXPECT_EQ(get(path_of(poll, "/results/live")).code(), "upgrade_required");
}

}  // namespace
}  // namespace vote
