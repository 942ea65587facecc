#include "contract/store/house.h"

namespace vote::test {
namespace {

class StoreOperators : public StoreTest {
 protected:
  static OperatorAction an_action(const std::string& action, std::optional<PollId> poll = {}) {
    OperatorAction made;
    made.actor = "os:root";
    made.action = action;
    made.poll = poll;
    return made;
  }
  Result<Done> note(const OperatorAction& action) {
    return wait_for<Result<Done>>([&](auto done) { store_->note(action, std::move(done)); });
  }
  std::vector<OperatorAction> actions(std::optional<PollId> poll = {}, std::int64_t after = 0,
                                      std::size_t limit = 100) {
    return *wait_for<Result<std::vector<OperatorAction>>>(
        [&](auto done) { store_->operator_actions(poll, after, limit, std::move(done)); });
  }
};
VOTE_ON_EVERY_BACKEND(StoreOperators);

TEST_P(StoreOperators, AnActionIsKeptWholeWithTheStoresTime) {
  OperatorAction action = an_action("requeued", new_id<PollId>());
  action.user = new_id<UserId>();
  action.request = new_id<RequestId>();
  action.ip = "192.0.2.7";
  action.detail = "dead letter 12";
  action.at = kStart - std::chrono::hours(1);
  ASSERT_TRUE(note(action));
  restart();
  const auto kept = actions();
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].at, kStart);
  EXPECT_EQ(kept[0].actor, "os:root");
  EXPECT_EQ(kept[0].action, "requeued");
  EXPECT_EQ(kept[0].poll, action.poll);
  EXPECT_EQ(kept[0].user, action.user);
  EXPECT_EQ(kept[0].request, action.request);
  EXPECT_EQ(kept[0].ip, "192.0.2.7");
  EXPECT_EQ(kept[0].detail, "dead letter 12");
}

TEST_P(StoreOperators, AnActionNeedsNoPollVoterOrRequest) {
  ASSERT_TRUE(note(an_action("dropped")));
  const auto kept = actions();
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_FALSE(kept[0].poll);
  EXPECT_FALSE(kept[0].user);
  EXPECT_FALSE(kept[0].request);
}

TEST_P(StoreOperators, AnActionOfNobodyIsRefused) {
  OperatorAction action = an_action("dropped");
  action.actor.clear();
  EXPECT_EQ(code_of(note(action)), Code::invalid_input);
  EXPECT_TRUE(actions().empty());
}

TEST_P(StoreOperators, TellsWhichRequestWasDropped) {
  OperatorAction action = an_action("dropped", new_id<PollId>());
  action.user = new_id<UserId>();
  action.request = new_id<RequestId>();
  const auto was_dropped = [&](PollId poll, UserId voter, RequestId request) {
    return wait_for<Result<RequestTrace>>(
               [&](auto done) { store_->trace_of(poll, voter, request, std::move(done)); })
        ->dropped;
  };
  EXPECT_FALSE(was_dropped(*action.poll, *action.user, *action.request));
  action.action = "requeued";
  ASSERT_TRUE(note(action));
  EXPECT_FALSE(was_dropped(*action.poll, *action.user, *action.request));
  action.action = "dropped";
  ASSERT_TRUE(note(action));
  EXPECT_TRUE(was_dropped(*action.poll, *action.user, *action.request));
  EXPECT_FALSE(was_dropped(new_id<PollId>(), *action.user, *action.request));
  EXPECT_FALSE(was_dropped(*action.poll, new_id<UserId>(), *action.request));
  EXPECT_FALSE(was_dropped(*action.poll, *action.user, new_id<RequestId>()));
}

TEST_P(StoreOperators, ActionsAreReadInOrderPageByPageAlsoOfOnePollAlone) {
  const auto poll = new_id<PollId>();
  std::vector<std::string> of_all;
  std::vector<std::string> of_poll;
  for (int i = 0; i < 6; ++i) {
    const OperatorAction action =
        an_action("read" + std::to_string(i), i % 2 == 0 ? poll : new_id<PollId>());
    ASSERT_TRUE(note(action));
    of_all.push_back(action.action);
    if (i % 2 == 0) of_poll.push_back(action.action);
  }
  const auto read_whole = [this](std::optional<PollId> only) {
    std::vector<std::string> names;
    std::int64_t after = 0;
    for (auto page = actions(only, after, 2); !page.empty(); page = actions(only, after, 2)) {
      EXPECT_LE(page.size(), 2U);
      for (const OperatorAction& action : page) names.push_back(action.action);
      after = page.back().action_id;
    }
    return names;
  };
  EXPECT_EQ(read_whole(std::nullopt), of_all);
  EXPECT_EQ(read_whole(poll), of_poll);
}

}  // namespace
}  // namespace vote::test
