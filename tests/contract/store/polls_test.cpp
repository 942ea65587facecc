#include "contract/store/house.h"

namespace vote::test {
namespace {

class StorePolls : public StoreTest {
 protected:
  std::vector<PollId> listed(PollFilter filter) {
    std::vector<PollId> ids;
    do {
      const auto page =
          wait_for<Result<PollPage>>([&](auto done) { store_->polls(filter, std::move(done)); });
      if (!page) throw std::runtime_error(page.error().detail);
      EXPECT_LE(page->polls.size(), filter.limit);
      for (const Poll& poll : page->polls) ids.push_back(poll.id);
      filter.cursor = page->next_cursor;
    } while (!filter.cursor.empty());
    return ids;
  }
  Result<Done> erase(PollId id, PollCheck check) {
    return wait_for<Result<Done>>(
        [&](auto done) { store_->delete_poll(id, std::move(check), std::move(done)); });
  }
  static std::optional<Error> allow(const Poll& /*poll*/, Time /*now*/) { return std::nullopt; }
  Poll new_draft() {
    Poll poll = new_poll();
    poll.published = false;
    return add_poll(*store_, poll);
  }
};
VOTE_ON_EVERY_BACKEND(StorePolls);

TEST_P(StorePolls, APollComesBackAsItWasAddedAlsoAfterARestart) {
  Poll poll = new_poll();
  poll.description = "two\nlines";
  poll.settings = {true, false, true, 2, true};
  const Poll added = add_poll(*store_, poll);
  restart();
  const auto found = this->poll(poll.id);
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, added);
  poll.created_at = poll.updated_at = kStart;
  poll.revision = found->revision;
  poll.grace = kGrace;
  EXPECT_EQ(*found, poll);
  EXPECT_EQ(tally_of(counts(poll)), (Tally{{0, 0, 0}, 0}));
}

TEST_P(StorePolls, AStartThatIsNotSetIsNowByTheStoresClock) {
  Poll poll = new_poll();
  poll.start_time = Time{};
  EXPECT_EQ(add_poll(*store_, poll).start_time, kStart);
}

TEST_P(StorePolls, AnEndBeforeTheStartIsRefusedAndNothingIsAdded) {
  Poll poll = new_poll();
  poll.end_time = poll.start_time;
  const auto added =
      wait_for<Result<Poll>>([&](auto done) { store_->add_poll(poll, std::move(done)); });
  EXPECT_EQ(code_of(added), Code::invalid_input);
  EXPECT_EQ(house_->rows("polls"), 0);
  EXPECT_EQ(house_->rows("poll_options"), 0);
}

TEST_P(StorePolls, APollAddedAgainAnswersWithWhatStands) {
  const Poll poll = new_open_poll();
  ASSERT_TRUE(close(poll));
  EXPECT_TRUE(add_poll(*store_, poll).close_requested_at);
  EXPECT_EQ(house_->rows("poll_options"), 3);
}

TEST_P(StorePolls, AnUnknownPollIsNotFound) {
  Poll unknown = new_poll();
  EXPECT_EQ(code_of(poll(unknown.id)), Code::not_found);
  EXPECT_EQ(code_of(close(unknown)), Code::not_found);
  EXPECT_EQ(code_of(erase(unknown.id, allow)), Code::not_found);
  EXPECT_EQ(code_of(wait_for<Result<PollCounts>>(
                [&](auto done) { store_->counts(unknown.id, std::move(done)); })),
            Code::not_found);
}

TEST_P(StorePolls, ADraftsOptionsAreReplacedWithTheirCounters) {
  const Poll draft = new_draft();
  const auto edited = revise(draft, [](Poll poll, Time /*now*/) {
    poll.options = {{new_id<OptionId>(), "tea"}, {new_id<OptionId>(), "milk"}};
    return poll;
  });
  ASSERT_TRUE(edited);
  EXPECT_EQ(edited->options.size(), 2U);
  EXPECT_GT(edited->revision, draft.revision);
  EXPECT_EQ(*poll(draft.id), *edited);
  EXPECT_EQ(counts(draft).options.size(), 2U);
}

TEST_P(StorePolls, ARevisionThatIsRefusedOrChangesNothingLeavesThePollAsItWas) {
  const Poll draft = new_draft();
  const auto refused = revise(draft, [](const Poll& /*poll*/, Time /*now*/) -> Result<Poll> {
    return Error{Code::forbidden, "not yours"};
  });
  EXPECT_EQ(code_of(refused), Code::forbidden);
  const auto same = revise(draft, [](Poll poll, Time /*now*/) { return poll; });
  EXPECT_EQ(*same, draft);
  EXPECT_EQ(*poll(draft.id), draft);
}

TEST_P(StorePolls, ARevisionSeesTheStoresTimeAndThePollAsItStands) {
  const Poll poll = new_open_poll();
  advance(std::chrono::minutes(3));
  const auto closed = revise(poll, [](const Poll& current, Time now) {
    EXPECT_EQ(current.title, "lunch");
    return close_requested(current, now);
  });
  ASSERT_TRUE(closed);
  EXPECT_EQ(closed->close_requested_at, kStart + std::chrono::minutes(3));
  EXPECT_EQ(closed->updated_at, kStart + std::chrono::minutes(3));
}

TEST_P(StorePolls, WhatIsDeletedLeavesNothingWhatIsRefusedStays) {
  const Poll draft = new_draft();
  const auto refused = erase(draft.id, [](const Poll& poll, Time /*now*/) -> std::optional<Error> {
    return Error{Code::forbidden, "not yours: " + poll.title};
  });
  EXPECT_EQ(code_of(refused), Code::forbidden);
  EXPECT_TRUE(poll(draft.id));
  EXPECT_TRUE(erase(draft.id, allow));
  EXPECT_EQ(code_of(poll(draft.id)), Code::not_found);
  for (const char* table : {"polls", "poll_options", "option_counts", "poll_totals"})
    EXPECT_EQ(house_->rows(table), 0) << table;
}

TEST_P(StorePolls, AListIsNewestFirstAndReadToItsEndEachPollOnce) {
  std::vector<PollId> newest_first;
  for (int i = 0; i < 7; ++i) newest_first.insert(newest_first.begin(), new_open_poll().id);
  PollFilter filter;
  filter.limit = 3;
  EXPECT_EQ(listed(filter), newest_first);
  filter.cursor = "no cursor";
  EXPECT_EQ(code_of(wait_for<Result<PollPage>>(
                [&](auto done) { store_->polls(filter, std::move(done)); })),
            Code::invalid_input);
}

TEST_P(StorePolls, AListByOwnerHoldsNoOther) {
  const Poll mine = new_open_poll();
  new_open_poll();
  PollFilter filter;
  filter.owner = mine.owner;
  EXPECT_EQ(listed(filter), std::vector<PollId>{mine.id});
}

TEST_P(StorePolls, ADraftIsListedForItsOwnerAndForWhoSeesAll) {
  const Poll draft = new_draft();
  PollFilter filter;
  EXPECT_TRUE(listed(filter).empty());
  filter.viewer = new_id<UserId>();
  EXPECT_TRUE(listed(filter).empty());
  filter.viewer = draft.owner;
  EXPECT_EQ(listed(filter), std::vector<PollId>{draft.id});
  filter.viewer.reset();
  filter.all_drafts = true;
  EXPECT_EQ(listed(filter), std::vector<PollId>{draft.id});
}

TEST_P(StorePolls, AListByStatusFollowsTheClock) {
  Poll later = new_poll();
  later.start_time = kStart + std::chrono::minutes(10);
  const Poll poll = add_poll(*store_, later);
  const auto listed_as = [&](PollStatus status) {
    PollFilter filter;
    filter.status = status;
    return listed(filter) == std::vector<PollId>{poll.id};
  };
  EXPECT_TRUE(listed_as(PollStatus::scheduled));
  EXPECT_FALSE(listed_as(PollStatus::active));
  advance(std::chrono::minutes(10));
  EXPECT_TRUE(listed_as(PollStatus::active));
  EXPECT_FALSE(listed_as(PollStatus::scheduled));
  advance(std::chrono::minutes(50));
  EXPECT_TRUE(listed_as(PollStatus::closed));
  EXPECT_FALSE(listed_as(PollStatus::active));
}

TEST_P(StorePolls, AnotherProcessSeesAChangeAtOnce) {
  const Poll poll = new_open_poll();
  const auto other = house_->open(kGrace);
  const auto seen = [&] {
    return wait_for<Result<Poll>>([&](auto done) { other->poll(poll.id, std::move(done)); });
  };
  EXPECT_FALSE(seen()->close_requested_at);
  ASSERT_TRUE(close(poll));
  EXPECT_TRUE(seen()->close_requested_at);
}

}  // namespace
}  // namespace vote::test
