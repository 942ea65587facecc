#include "vote/time.h"

#include <gtest/gtest.h>

namespace vote {
namespace {

TEST(TimeText, HasSixDigitsAndIsUtc) {
  EXPECT_EQ(to_text(time_of(1'768'473'000'000'007)), "2026-01-15T10:30:00.000007Z");
  EXPECT_EQ(to_text(time_of(0)), "1970-01-01T00:00:00.000000Z");
}

TEST(TimeText, IsReadBackAsWritten) {
  for (const std::int64_t at : {0LL, 1LL, 1'768'473'000'123'456LL, 4'102'444'799'999'999LL})
    EXPECT_EQ(parse_time(to_text(time_of(at))), time_of(at));
}

TEST(TimeText, TakesOffsetsFractionsAndLowerCase) {
  const auto expected = parse_time("2026-01-15T10:30:00Z");
  ASSERT_TRUE(expected);
  EXPECT_EQ(parse_time("2026-01-15T12:30:00+02:00"), expected);
  EXPECT_EQ(parse_time("2026-01-15t10:30:00.000000999z"), expected);
  EXPECT_EQ(parse_time("2026-01-15 10:30:00Z"), expected);
  EXPECT_EQ(parse_time("2026-01-15T10:30:00.5Z"), *expected + Duration(500'000));
}

TEST(TimeText, RefusesWhatIsNoMoment) {
  for (const char* text :
       {"", "2026-01-15", "2026-01-15T10:30:00", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-01-15T24:00:00Z", "2026-01-15T10:30:60Z", "2026-01-15T10:30:00.Z",
        "2026-01-15T10:30:00Zx", "2026-01-15T10:30:00+24:00", "tomorrow"})
    EXPECT_FALSE(parse_time(text)) << text;
}

TEST(TimeText, RefusesAMomentWhoseYearCannotBeWritten) {
  EXPECT_FALSE(parse_time("9999-12-31T23:59:59-00:01"));
  EXPECT_FALSE(parse_time("0000-01-01T00:00:00+00:01"));
  for (const char* text : {"9999-12-31T23:59:59.999999Z", "0000-01-01T00:00:00.000000Z"})
    EXPECT_EQ(to_text(parse_time(text).value()), text);
}

TEST(DurationText, KnowsItsUnits) {
  EXPECT_EQ(parse_duration("500ms"), Duration(500'000));
  EXPECT_EQ(parse_duration("10min"), Duration(std::chrono::minutes(10)));
  EXPECT_EQ(parse_duration("0s"), Duration(0));
  EXPECT_EQ(to_text(Duration(std::chrono::hours(36))), "36h");
  EXPECT_EQ(to_text(Duration(std::chrono::milliseconds(1500))), "1500ms");
}

TEST(DurationText, RefusesTheRest) {
  for (const char* text : {"", "5", "s", "-1s", "1.5s", "5 s", "5parsecs", "99999999999999999d"})
    EXPECT_FALSE(parse_duration(text)) << text;
}

}  // namespace
}  // namespace vote
