#include "contract/store/house.h"

namespace vote::test {
namespace {

class StorePositions : public StoreTest {
 protected:
  static Batch::Move move(std::int64_t from, std::int64_t to, std::int32_t partition = 0) {
    return {from, {"votes", partition, to, kStart, 0xFEDCBA9876543210U}};
  }
  std::vector<Position> positions(const std::string& topic = "votes") {
    return *wait_for<Result<std::vector<Position>>>(
        [&](auto done) { store_->positions(topic, std::move(done)); });
  }
  Result<BatchReport> record_at(const CastVote& vote, std::vector<Batch::Move> moves) {
    Batch batch;
    batch.votes.push_back({vote, kStart});
    batch.moves = std::move(moves);
    return record(std::move(batch));
  }
};
VOTE_ON_EVERY_BACKEND(StorePositions);

TEST_P(StorePositions, AreNoneBeforeTheFirstBatch) {
  EXPECT_TRUE(positions().empty());
}

TEST_P(StorePositions, MoveWithTheirBatchAndAreRememberedWhole) {
  const Poll poll = new_open_poll();
  const auto report = record_at(new_vote(poll), {move(0, 7, 1), move(0, 3, 0)});
  ASSERT_TRUE(report);
  EXPECT_FALSE(report->positions_moved);
  EXPECT_FALSE(report->moves_held);
  restart();
  const auto known = positions();
  ASSERT_EQ(known.size(), 2U);
  EXPECT_EQ(known[0].partition, 0);
  EXPECT_EQ(known[0].next_offset, 3);
  EXPECT_EQ(known[1].partition, 1);
  EXPECT_EQ(known[1].next_offset, 7);
  EXPECT_EQ(known[1].topic, "votes");
  EXPECT_EQ(known[1].last_stamp, kStart);
  EXPECT_EQ(known[1].last_digest, 0xFEDCBA9876543210U);
  EXPECT_TRUE(positions("other").empty());
}

TEST_P(StorePositions, ABatchThatBeganElsewhereIsNotRecorded) {
  const Poll poll = new_open_poll();
  ASSERT_TRUE(record_at(new_vote(poll), {move(0, 3)}));
  for (const std::int64_t from : {0, 2, 4}) {
    const auto report = record_at(new_vote(poll), {move(from, 9)});
    ASSERT_TRUE(report);
    EXPECT_TRUE(report->positions_moved) << from;
    EXPECT_TRUE(report->outcomes.empty());
  }
  EXPECT_EQ(house_->rows("votes"), 1);
  EXPECT_EQ(positions().at(0).next_offset, 3);
}

TEST_P(StorePositions, OneThatMovedHoldsAllOfTheBatchBack) {
  const Poll poll = new_open_poll();
  ASSERT_TRUE(record_at(new_vote(poll), {move(0, 3, 1)}));
  const auto report = record_at(new_vote(poll), {move(0, 5, 0), move(0, 5, 1)});
  EXPECT_TRUE(report->positions_moved);
  EXPECT_EQ(positions().size(), 1U);
}

TEST_P(StorePositions, StayWhereAVoteWasRefusedThoughTheOthersAreRecorded) {
  const Poll poll = new_open_poll();
  Batch batch;
  batch.votes = {{new_vote(poll), kStart}, {new_vote(new_poll()), kStart}};
  batch.moves = {move(0, 2)};
  const auto report = record(std::move(batch));
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->moves_held);
  EXPECT_EQ(house_->rows("votes"), 1);
  EXPECT_TRUE(positions().empty());
  Batch passing;
  passing.moves = {move(0, 2)};
  EXPECT_FALSE(record(std::move(passing))->positions_moved);
  EXPECT_EQ(positions().at(0).next_offset, 2);
}

TEST_P(StorePositions, AMoveToWhereItBeganOnlyChecks) {
  const Poll poll = new_open_poll();
  ASSERT_TRUE(record_at(new_vote(poll), {move(0, 4)}));
  Batch::Move fence = move(4, 4);
  fence.to.last_digest = 1;
  EXPECT_FALSE(record_at(new_vote(poll), {fence})->positions_moved);
  EXPECT_EQ(positions().at(0).last_digest, 0xFEDCBA9876543210U);
  EXPECT_TRUE(record_at(new_vote(poll), {move(5, 5)})->positions_moved);
  EXPECT_EQ(house_->rows("votes"), 2);
}

TEST_P(StorePositions, DoNotMoveWithABatchThatFails) {
  const Poll poll = new_open_poll();
  const CastVote poison = new_vote(poll);
  house_->refuse_ballots_of(poison.voter);
  EXPECT_EQ(code_of(record_at(poison, {move(0, 1)})), Code::invalid_input);
  EXPECT_TRUE(positions().empty());
}

}  // namespace
}  // namespace vote::test
