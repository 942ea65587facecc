#include "vote/ballot.h"

#include <gtest/gtest.h>

#include <random>

#include "vote/account.h"

namespace vote {
namespace {

template <class SomeId>
SomeId id(std::uint8_t n) {
  SomeId some;
  some.uuid.bytes[0] = n;
  return some;
}

CastVote example() {
  return {id<RequestId>(1),
          id<PollId>(2),
          id<UserId>(3),
          {id<OptionId>(4), id<OptionId>(5)},
          time_of(1'768'473'000'000'000),
          "::1",
          "curl/7.88 \"quoted\"\x1B \xC3\xA4"};
}

std::string refusal(const std::string& json) {
  const auto message = parse_message(json);
  return message ? "" : message.error().detail;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  text.replace(text.find(what), what.size(), by);
  return text;
}

TEST(Message, IsReadBackAsWritten) {
  const CastVote vote = example();
  const auto message = parse_message(to_message(vote));
  ASSERT_TRUE(message) << message.error().detail;
  const auto* read = std::get_if<CastVote>(&*message);
  ASSERT_NE(read, nullptr);
  EXPECT_EQ(read->request, vote.request);
  EXPECT_EQ(read->poll, vote.poll);
  EXPECT_EQ(read->voter, vote.voter);
  EXPECT_EQ(read->options, vote.options);
  EXPECT_EQ(read->accepted_at, vote.accepted_at);
  EXPECT_EQ(read->ip, vote.ip);
  EXPECT_EQ(read->user_agent, vote.user_agent);
}

TEST(Message, CutsAUserAgentWhereACharacterEnds) {
  CastVote vote = example();
  vote.user_agent = std::string(kUserAgentBytesMax - 1, 'x') + "\u00E9";
  const auto read = parse_message(to_message(vote));
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(std::get<CastVote>(*read).user_agent, std::string(kUserAgentBytesMax - 1, 'x'));
}

TEST(Message, HasTheMembersThatScriptsRelyOn) {
  EXPECT_EQ(to_message(example()).substr(0, 26), R"({"v":1,"action":"cast","re)");
  for (const char* member :
       {"\"request_id\":\"01", "\"poll_id\":\"02", "\"user_id\":\"03", "\"option_ids\":[\"04",
        "\"accepted_at\":\"2026-01-15T10:30:00.000000Z\"", "\"ip\":\"::1\""})
    EXPECT_NE(to_message(example()).find(member), std::string::npos) << member;
}

TEST(Message, RefusesPoisonWithAReason) {
  const std::string good = to_message(example());
  EXPECT_EQ(refusal(good), "");
  EXPECT_NE(refusal(""), "");
  EXPECT_NE(refusal("\xFF\xFE\x00 random"), "");
  EXPECT_NE(refusal("[]"), "");
  EXPECT_NE(refusal("7"), "");
  EXPECT_NE(refusal(good + "x"), "");
  EXPECT_NE(refusal(good.substr(0, good.size() / 2)), "");
  EXPECT_EQ(refusal(replaced(good, "\"v\":1", "\"v\":2")), "version 2 is not known here");
  EXPECT_EQ(refusal(replaced(good, "\"v\":1", "\"v\":\"1\"")), "v has the wrong type");
  EXPECT_EQ(refusal(replaced(good, "\"v\":1", "\"v\":1.0")), "v has the wrong type");
  EXPECT_EQ(refusal(replaced(good, "\"v\":1", "\"v\":-1")), "version -1 is not known here");
  EXPECT_EQ(refusal(replaced(good, "\"v\":1,", "")), "v is missing");
  EXPECT_EQ(refusal(replaced(good, "\"::1\"", "5")), "ip has the wrong type");
  for (const char* text : {"\xC3", "\xED\xA0\x80", R"(\ud800)", R"(\udc00)", R"(\x)", "\x01"})
    EXPECT_EQ(refusal(replaced(good, "::1", text)).substr(0, 8), "not JSON") << text;
  EXPECT_EQ(refusal(replaced(good, "cast", "conjure")), "action 'conjure' is not known here");
  EXPECT_EQ(refusal(replaced(good, "\"poll_id\":\"02", "\"poll_id\":\"zz")), "poll_id is no UUID");
  EXPECT_NE(refusal(replaced(good, "\"user_id\":", "\"user\":")), "");
  EXPECT_NE(refusal(replaced(good, "\"option_ids\":[", "\"option_ids\":[[")), "");
  EXPECT_NE(refusal(replaced(good, "\"option_ids\":[", "\"option_ids\":[7,")), "");
  EXPECT_NE(refusal(replaced(good, "\"option_ids\":[", "\"option_ids\":[{},")), "");
}

TEST(Message, ThatClosesAPollNamesItAndNothingElse) {
  const std::string close = to_message(ClosePoll{id<PollId>(2)});
  EXPECT_EQ(close.substr(0, 37), R"({"v":1,"action":"close","poll_id":"02)");
  const auto message = parse_message(close);
  ASSERT_TRUE(message) << message.error().detail;
  ASSERT_TRUE(std::holds_alternative<ClosePoll>(*message));
  EXPECT_EQ(std::get<ClosePoll>(*message).poll, id<PollId>(2));
  EXPECT_EQ(refusal(R"({"v":1,"action":"close"})"), "poll_id is missing");
  EXPECT_NE(refusal(replaced(close, "\"v\":1", "\"v\":2")), "");
  EXPECT_NE(refusal(replaced(to_message(example()), "cast", "close")), "");
  EXPECT_NE(refusal(replaced(close, "close", "cast")), "");
}

TEST(Message, NamesEachIdOnce) {
  const std::string good = to_message(example());
  const std::string poll = "\"poll_id\":\"" + id<PollId>(2).text() + "\"";
  EXPECT_EQ(refusal(replaced(good, poll, poll + "," + poll)), "poll_id is there twice");
}

TEST(Message, TellsItsIdsAlsoWhereItIsRefused) {
  const std::string good = to_message(example());
  for (const std::string& json :
       {good, replaced(good, "\"v\":1", "\"v\":2"), good.substr(0, good.size() - 30)}) {
    const MessageIds ids = ids_of_message(json);
    EXPECT_EQ(ids.poll, id<PollId>(2)) << json;
    EXPECT_EQ(ids.voter, id<UserId>(3)) << json;
    EXPECT_EQ(ids.request, id<RequestId>(1)) << json;
  }
  for (const std::string json : {"", "not json", "[]", "{\"poll_id\":7}", "\"poll_id\""})
    EXPECT_FALSE(ids_of_message(json).poll) << json;
  EXPECT_FALSE(ids_of_message(R"({"deeper":)" + good + "}").poll);
  EXPECT_FALSE(ids_of_message(std::string(100'000, '[')).poll);
}

TEST(Message, RefusesDeepNestingWithoutFallingOver) {
  EXPECT_NE(refusal(std::string(100'000, '[')), "");
  EXPECT_NE(refusal("{\"v\":1,\"x\":" + std::string(100'000, '[')), "");
}

TEST(Digest, KnowsChoicesNotTheirOrder) {
  const auto a = id<OptionId>(1);
  const auto b = id<OptionId>(2);
  EXPECT_EQ(digest_of({a, b}), digest_of({b, a}));
  EXPECT_NE(digest_of({a}), digest_of({b}));
  EXPECT_NE(digest_of({a}), digest_of({a, b}));
}

TEST(Permille, RoundsHalfAwayFromZero) {
  EXPECT_EQ(permille(0, 0), 0U);
  EXPECT_EQ(permille(1, 3), 333U);
  EXPECT_EQ(permille(2, 3), 667U);
  EXPECT_EQ(permille(1, 2000), 1U) << "0.05 % is 0.1 %";
  EXPECT_EQ(permille(1, 2001), 0U);
  EXPECT_EQ(permille(28'935, 79'174), 365U);
  EXPECT_EQ(permille(~0ULL, ~0ULL), 1000U);
}

TEST(Permille, AgreesWithExactArithmetic) {
  std::mt19937 random(7);
  for (int i = 0; i < 10'000; ++i) {
    const std::uint64_t total = 1 + random() % 100'000;
    const std::uint64_t votes = random() % (total + 1);
    const std::uint64_t exact = votes * 1000 / total + (votes * 1000 % total * 2 >= total ? 1 : 0);
    EXPECT_EQ(permille(votes, total), exact) << votes << " of " << total;
  }
}

TEST(Registration, NamesWhatIsWrong) {
  EXPECT_FALSE(check_registration("ann@example.org", "ann", "correct horse"));
  EXPECT_TRUE(check_registration("ann", "ann", "correct horse"));
  EXPECT_TRUE(check_registration("ann@example.org", "a", "correct horse"));
  EXPECT_TRUE(check_registration("ann@example.org", "ann@home", "correct horse"));
  EXPECT_TRUE(check_registration("ann@example.org", "ann\x07", "correct horse"));
  EXPECT_TRUE(check_registration("ann@example.org", "ann", "short"));
  EXPECT_TRUE(check_registration("ann@example.org", "ann", std::string(1025, 'x')));
}

}  // namespace
}  // namespace vote
