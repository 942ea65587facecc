#include <gtest/gtest.h>

#include "cache/redis/texts.h"

namespace vote::redis {
namespace {

template <class SomeId>
SomeId id(std::uint8_t last) {
  SomeId made;
  made.uuid.bytes.back() = last;
  return made;
}

// Processes of several versions share a cache: what they write is fixed.
TEST(RedisTexts, MarksAreWrittenAsTheyAlwaysWere) {
  const Keys keys("v1:", 3);
  EXPECT_EQ(keys.mark(id<PollId>(1), id<UserId>(255)),
            "v1:voted:AAAAAAAAAAAAAAAAAAAAAQ:AAAAAAAAAAAAAAAAAAAA_w");
  EXPECT_EQ(to_text(Mark{MarkState::confirmed, id<RequestId>(2), 0x0102030405060708}),
            "confirmed:AAAAAAAAAAAAAAAAAAAAAg:AQIDBAUGBwg");
  EXPECT_EQ(beginning_of_mark(MarkState::pending, id<RequestId>(2)),
            "pending:AAAAAAAAAAAAAAAAAAAAAg:");
}

TEST(RedisTexts, CountsAreWrittenAsTheyAlwaysWere) {
  const Keys keys("", 3);
  EXPECT_EQ(keys.counts(id<PollId>(1)), "counts:AAAAAAAAAAAAAAAAAAAAAQ");
  EXPECT_EQ(keys.channel(), "counts:3");
  EXPECT_EQ(to_text(PollCounts{id<PollId>(1), 7, 30, {{id<OptionId>(1), 10}, {{}, 20}}}),
            "00000000000000000007 30 AAAAAAAAAAAAAAAAAAAAAQ:10 AAAAAAAAAAAAAAAAAAAAAA:20");
  EXPECT_EQ(keys.quota({Quota::devices_of_user, {}, 1, Duration(1), {}}),
            "quota:d:AAAAAAAAAAAAAAAAAAAAAA");
}

TEST(RedisTexts, MarksAreReadAgain) {
  for (const MarkState state : {MarkState::pending, MarkState::queued, MarkState::confirmed}) {
    const Mark mark{state, id<RequestId>(9), 0xFFFFFFFFFFFFFFFF};
    const Mark read = parse_mark(to_text(mark));
    EXPECT_EQ(read.state, state);
    EXPECT_EQ(read.request, mark.request);
    EXPECT_EQ(read.digest, mark.digest);
  }
}

TEST(RedisTexts, WhatIsNoMarkIsNone) {
  for (const char* text :
       {"", "pending", "pending:", "none:AAAAAAAAAAAAAAAAAAAAAg:AQIDBAUGBwg",
        "voted:AAAAAAAAAAAAAAAAAAAAAg:AQIDBAUGBwg", "pending:AAAAAAAAAAAAAAAAAAAAAg:AQIDBAUGBw",
        "pending:AAAAAAAAAAAAAAAAAAAA=g:AQIDBAUGBwg", "pending:AAAAAAAAAAAAAAAAAAAAAg>AQIDBAUGBwg",
        "pending:AAAAAAAAAAAAAAAAAAAA\xBEg:AQIDBAUGBwg",
        "pending:AAAAAAAAAAAAAAAAAAAAAg:AQIDBAUGBwg "})
    EXPECT_EQ(parse_mark(text).state, MarkState::none) << text;
}

TEST(RedisTexts, CountsAreReadAgain) {
  const PollCounts counts{id<PollId>(1), UINT64_MAX, UINT64_MAX, {{id<OptionId>(1), 1}, {{}, 0}}};
  const auto read = parse_news(news_prefix(counts.poll) + to_text(counts));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->poll, counts.poll);
  EXPECT_EQ(read->version, counts.version);
  EXPECT_EQ(read->total_votes, counts.total_votes);
  ASSERT_EQ(read->options.size(), 2U);
  EXPECT_EQ(read->options[0].option, counts.options[0].option);
  EXPECT_EQ(read->options[0].votes, 1U);
  EXPECT_TRUE(parse_counts(counts.poll, "7 0"));
}

TEST(RedisTexts, WhatIsNoCountsIsNothing) {
  for (const char* text : {"", "7", "7 x", "x 7", "-7 1", "7 1 AAAAAAAAAAAAAAAAAAAAAQ",
                           "7 1 AAAAAAAAAAAAAAAAAAAAAQ:", "7 1 AAAAAAAAAAAAAAAAAAAAAQ:-1",
                           "7 1 nobody:1", "99999999999999999999 1"})
    EXPECT_FALSE(parse_counts(id<PollId>(1), text)) << text;
  EXPECT_FALSE(parse_news("nobody 7 0"));
}

}  // namespace
}  // namespace vote::redis
