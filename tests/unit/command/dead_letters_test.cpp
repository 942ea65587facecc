// Which dead letters are chosen, and how they are shown.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "command/dead_letters/selection.h"
#include "command/dead_letters/view.h"
#include "command/failure.h"

namespace vote::command {
namespace {

constexpr Time kNow = Time(std::chrono::hours(24 * 365 * 56));

BuriedVote letter(const std::string& message, Headers headers) {
  DeadLetter letter;
  letter.id = 17;
  letter.stamp = kNow;
  letter.message = {UserId{}, message, std::move(headers)};
  return read_dead_letter(std::move(letter));
}

TEST(DeadLetterFilter, TakesATimeOrHowLongAgo) {
  FilterWish wish;
  wish.since = "90min";
  wish.until = to_text(kNow);
  const BuriedVoteFilter filter = filter_of(wish, kNow);
  EXPECT_EQ(filter.since, kNow - std::chrono::minutes(90));
  EXPECT_EQ(filter.until, kNow);
}

TEST(DeadLetterFilter, RefusesWhatIsNoTimeOrNoPoll) {
  FilterWish wish;
  wish.since = "yesterday";
  EXPECT_THROW(filter_of(wish, kNow), Failure);
  wish.since.reset();
  wish.poll = "lunch";
  EXPECT_THROW(filter_of(wish, kNow), Failure);
}

TEST(DeadLetterLine, IsAnIdOrALineOfTheList) {
  EXPECT_EQ(parse_chosen_line("17")->id, 17);
  const auto chosen = parse_chosen_line(summary_json(letter("{}", {})));
  ASSERT_TRUE(chosen);
  EXPECT_EQ(chosen->id, 17);
  EXPECT_EQ(chosen->stamp, kNow);
  EXPECT_EQ(parse_chosen_line(R"({"deep":{"id":3},"id":17})")->id, 17);
}

TEST(DeadLetterLine, OfAnythingElseIsRefused) {
  for (const std::string line :
       {"seventeen", "-1", "0", "17 18", "[17]", "{}", R"({"id":"17"})", R"({"id":-17})",
        R"({"id":1.5})", R"({"id":17)", "99999999999999999999", R"({"deep":{"id":3}})"}) {
    const auto chosen = parse_chosen_line(line);
    ASSERT_FALSE(chosen) << line;
    EXPECT_EQ(chosen.error().code, Code::malformed) << line;
  }
  EXPECT_FALSE(parse_chosen_line(std::string(100'000, '[')));
}

TEST(DeadLetterIds, ThatAreNoneAreRefusedBeforeAnythingIsDone) {
  EXPECT_EQ(chosen_by_ids({"17", "18"}).size(), 2U);
  EXPECT_THROW(chosen_by_ids({"17", "eighteen"}), Failure);
  EXPECT_THROW(chosen_by_ids({}), Failure);
}

TEST(DeadLetterView, KeepsTheMessageAsItIsOrAsBase64) {
  const auto text = nlohmann::json::parse(whole_json(letter("\x1B[31m\xC3\xA4", {})));
  EXPECT_EQ(text["message"], "\x1B[31m\xC3\xA4");
  const auto bytes = nlohmann::json::parse(whole_json(letter(std::string("\0\xFF", 2), {})));
  EXPECT_FALSE(bytes.contains("message"));
  EXPECT_EQ(bytes["message_base64"], "AP8=");
}

TEST(DeadLetterView, SaysNullWhereTheLetterSaysNothing) {
  const auto bare = nlohmann::json::parse(summary_json(letter("", {{"x-original-offset", "x"}})));
  for (const char* name : {"reason", "error", "poll_id", "user_id", "request_id", "partition",
                           "offset", "first_stamp"})
    EXPECT_TRUE(bare[name].is_null()) << name;
}

TEST(DeadLetterView, AReasonIsTheWordBeforeTheColon) {
  EXPECT_EQ(letter("", {{"x-error", "malformed: not JSON at byte 1"}}).reason, "malformed");
  EXPECT_EQ(letter("", {{"x-error", "too_late"}}).reason, "too_late");
  EXPECT_EQ(letter("", {{"x-error", "UNIQUE failed: votes"}}).reason, "UNIQUE failed: votes");
}

TEST(DeadLetterView, NothingOfAMessageSteersATerminal) {
  const Record record = whole_record(letter("\x1B[31m", {{"x-error", "\x1B]0;title\x07"}}));
  EXPECT_EQ(record.for_people().find('\x1B'), std::string::npos);
}

}  // namespace
}  // namespace vote::command
