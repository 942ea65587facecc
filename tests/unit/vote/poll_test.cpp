#include "vote/poll.h"

#include <gtest/gtest.h>

namespace vote {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

const Time kNow = time_of(1'768'473'000'000'000);

OptionId option_id(std::uint8_t n) {
  OptionId id;
  id.uuid.bytes[15] = n;
  return id;
}

Poll draft() {
  Poll poll;
  poll.title = "Lunch";
  poll.start_time = kNow;
  poll.end_time = kNow + hours(1);
  poll.options = {{option_id(1), "Soup"}, {option_id(2), "Salad"}, {option_id(3), "Bread"}};
  return poll;
}

Poll active() {
  Poll poll = draft();
  poll.published = true;
  return poll;
}

std::string why_not(const Poll& poll) {
  const auto error = check_poll(poll);
  return error ? error->detail : "";
}

TEST(PollStatus, FollowsFromTheTimesAlone) {
  Poll poll = active();
  poll.start_time = kNow + seconds(10);
  EXPECT_EQ(poll.status_at(kNow), PollStatus::scheduled);
  EXPECT_EQ(poll.status_at(kNow + seconds(10)), PollStatus::active);
  EXPECT_EQ(poll.status_at(poll.end_time - Duration(1)), PollStatus::active);
  EXPECT_EQ(poll.status_at(poll.end_time), PollStatus::closed);
  EXPECT_EQ(draft().status_at(kNow + hours(9)), PollStatus::draft);
}

TEST(PollStatus, IsClosedFromTheRequestOn) {
  Poll poll = active();
  poll.close_requested_at = kNow + seconds(5);
  EXPECT_EQ(poll.status_at(kNow + seconds(6)), PollStatus::closed);
}

TEST(PollEnd, OfAPollClosedByHandIsCertainFromTheRequestAndDecidedByTheCutoff) {
  Poll poll = active();
  EXPECT_EQ(poll.certain_end(), poll.end_time);
  poll.close_requested_at = kNow + seconds(5);
  EXPECT_EQ(poll.certain_end(), kNow + seconds(5));
  EXPECT_EQ(poll.decided_end(), poll.end_time);
  poll.cutoff = kNow + seconds(7);
  EXPECT_EQ(poll.certain_end(), kNow + seconds(7));
  EXPECT_EQ(poll.decided_end(), kNow + seconds(7));
}

TEST(CheckPoll, TakesAGoodOne) {
  EXPECT_EQ(why_not(draft()), "");
}

TEST(CheckPoll, NamesTheFieldThatIsWrong) {
  Poll poll = draft();
  poll.title.clear();
  EXPECT_EQ(why_not(poll), "title is empty");
  poll = draft();
  poll.title = std::string(256, 'x');
  EXPECT_EQ(why_not(poll), "title is longer than 255 characters");
  poll = draft();
  poll.end_time = poll.start_time;
  EXPECT_EQ(why_not(poll), "end_time is not after start_time");
  poll = draft();
  poll.options.resize(1);
  EXPECT_EQ(why_not(poll), "options has fewer than 2 entries");
  poll = draft();
  poll.options[1].text = "Soup";
  EXPECT_EQ(why_not(poll), "options names 'Soup' twice");
  poll = draft();
  poll.settings.max_votes_per_user = 2;
  EXPECT_EQ(why_not(poll), "max_votes_per_user above 1 needs allow_multiple_options");
}

TEST(CheckPoll, RefusesMoreThanAHundredOptions) {
  Poll poll = draft();
  poll.options.clear();
  for (int i = 0; i < 101; ++i) poll.options.push_back({option_id(1), std::to_string(i)});
  EXPECT_EQ(why_not(poll), "options has more than 100 entries");
  poll.options.pop_back();
  EXPECT_EQ(why_not(poll), "");
}

TEST(TextDefect, FindsWhatMustNotReachATerminal) {
  EXPECT_FALSE(text_defect("Käse \xF0\x9F\xA7\x80", 20, false));
  EXPECT_TRUE(text_defect(std::string("a\0b", 3), 20, false));
  EXPECT_TRUE(text_defect("a\x1B[31m", 20, false));
  EXPECT_TRUE(text_defect("a\nb", 20, false));
  EXPECT_FALSE(text_defect("a\nb\tc", 20, true));
  EXPECT_TRUE(
      text_defect("a\xE2\x80\xAE"
                  "b",
                  20, true))
      << "right-to-left override";
  EXPECT_TRUE(
      text_defect("\xC2\x9B"
                  "31m",
                  20, true))
      << "C1 control";
}

TEST(TextDefect, FindsInvalidUtf8) {
  for (const char* bytes : {"\xFF", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                            "\x80", "\xC3", "a\xE2\x82"})
    EXPECT_TRUE(text_defect(bytes, 20, false));
}

TEST(TextDefect, CountsCharactersNotBytes) {
  EXPECT_FALSE(text_defect("\xC3\xA4\xC3\xB6\xC3\xBC", 3, false));
  EXPECT_TRUE(text_defect("abcd", 3, false));
}

TEST(CheckChoice, NeedsKnownOptionsOnceEachAndNoMoreThanAllowed) {
  Poll poll = active();
  EXPECT_FALSE(check_choice(poll, {option_id(2)}));
  EXPECT_TRUE(check_choice(poll, {}));
  EXPECT_TRUE(check_choice(poll, {option_id(9)}));
  EXPECT_TRUE(check_choice(poll, {option_id(1), option_id(2)}));
  poll.settings.allow_multiple_options = true;
  poll.settings.max_votes_per_user = 2;
  EXPECT_FALSE(check_choice(poll, {option_id(1), option_id(2)}));
  EXPECT_TRUE(check_choice(poll, {option_id(1), option_id(1)}));
  EXPECT_TRUE(check_choice(poll, {option_id(1), option_id(2), option_id(3)}));
}

TEST(PollLife, IsEditedWhileADraftOnly) {
  PollEdit edit;
  edit.title = "Dinner";
  const auto changed = edited(draft(), edit, kNow);
  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->title, "Dinner");
  const auto refused = edited(active(), edit, kNow);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::poll_not_editable);
}

TEST(PollLife, OpensNowAndClosesOnce) {
  Poll poll = draft();
  poll.start_time = kNow + hours(1);
  poll.end_time = kNow + hours(2);
  const auto open = opened(poll, kNow);
  ASSERT_TRUE(open);
  EXPECT_EQ(open->status_at(kNow), PollStatus::active);
  const auto closed = close_requested(*open, kNow + seconds(3));
  ASSERT_TRUE(closed);
  EXPECT_EQ(closed->close_requested_at, kNow + seconds(3));
  const auto again = close_requested(*closed, kNow + seconds(9));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->close_requested_at, kNow + seconds(3));
  EXPECT_FALSE(opened(*closed, kNow + seconds(9)));
  EXPECT_FALSE(close_requested(draft(), kNow));
}

TEST(PollLife, DoesNotOpenAfterItsEnd) {
  Poll poll = draft();
  poll.end_time = kNow - hours(1);
  poll.start_time = kNow - hours(2);
  EXPECT_FALSE(opened(poll, kNow));
}

}  // namespace
}  // namespace vote
