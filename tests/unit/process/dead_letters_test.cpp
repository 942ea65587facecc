// What no retry heals, what goes round, and when a position may pass it.
#include <algorithm>

#include "unit/process/worker_world.h"

namespace vote {
namespace {

using test::append;
using test::expect_counted;
using test::Fate;
using test::header;
using test::new_vote;

class DeadLetters : public test::WorkerWorld {
 protected:
  void append_raw(std::string value) {
    append(engine.queue, Message{test::new_id<UserId>(), std::move(value), {}});
  }
  std::string message(const CastVote& vote, const std::string& text, const std::string& by) {
    std::string json = to_message(vote);
    return json.replace(json.find(text), text.size(), by);
  }
};

struct Poison {
  const char* name;
  std::string value;
  std::string reason;
};

TEST_F(DeadLetters, PoisonIsBuriedWithItsReasonAndHoldsNothingUp) {
  Poll elsewhere = test::new_poll();
  Poll draft = test::new_poll();
  draft.published = false;
  draft = test::add_poll(engine.store, draft);
  CastVote unknown_option = new_vote(poll);
  unknown_option.options = {test::new_id<OptionId>()};
  const CastVote vote = new_vote(poll);
  const std::vector<Poison> poison = {
      {"nothing", "", "malformed"},
      {"random bytes", std::string("\x01\0\xFF", 3), "malformed"},
      {"another shape", "{}", "malformed"},
      {"deep", std::string(100'000, '['), "malformed"},
      {"a future version", message(vote, "\"v\":1", "\"v\":2"), "malformed"},
      {"another action", message(vote, "\"cast\"", "\"explode\""), "malformed"},
      {"an id that is none", message(vote, vote.poll.text(), "lunch"), "malformed"},
      {"an unknown poll", to_message(new_vote(elsewhere)), "unknown_poll"},
      {"a draft", to_message(new_vote(draft)), "not_active"},
      {"an unknown option", to_message(unknown_option), "unknown_option"},
  };
  for (const Poison& each : poison) {
    append_raw(each.value);
    append(engine.queue, new_vote(poll));
  }
  const WorkerTotals totals = drain();
  EXPECT_EQ(totals.dead_letters, poison.size());
  expect_counted(files, static_cast<std::int64_t>(poison.size()));
  EXPECT_EQ(next_offset(), end_offset());
  const auto letters = test::dead_letters(engine.queue);
  ASSERT_EQ(letters.size(), poison.size());
  for (std::size_t n = 0; n < poison.size(); ++n) {
    const auto dead = std::find_if(letters.begin(), letters.end(), [&](const DeadLetter& letter) {
      return header(letter.message, kOriginalOffsetHeader) == std::to_string(2 * n);
    });
    ASSERT_NE(dead, letters.end()) << poison[n].name;
    EXPECT_EQ(dead->message.value, poison[n].value) << poison[n].name;
    EXPECT_EQ(header(dead->message, kErrorHeader).find(poison[n].reason), 0U) << poison[n].name;
    EXPECT_EQ(header(dead->message, kOriginalTopicHeader), "votes");
    EXPECT_EQ(header(dead->message, kOriginalPartitionHeader), "0");
  }
}

TEST_F(DeadLetters, APositionPassesAMessageOnlyOnceItsDeadLetterIsThere) {
  append(engine.queue, new_vote(poll));
  append_raw("poison");
  append(engine.queue, new_vote(poll));
  std::vector<std::int64_t> positions;
  queue.faults.before("add_dead_letter", [&](int pass) {
    positions.push_back(next_offset());
    return pass <= 2 ? Fate::refuse : Fate::go_on;
  });
  queue.faults.after("add_dead_letter", [&](int pass) {
    positions.push_back(next_offset());
    return pass == 1 ? Fate::lose : Fate::go_on;
  });
  drain();
  EXPECT_EQ(positions, std::vector<std::int64_t>(6, 0));
  EXPECT_EQ(next_offset(), 3);
  EXPECT_EQ(test::dead_letters(engine.queue).size(), 1U)
      << "one whose answer was lost, and it again";
  expect_counted(files, 2);
}

TEST_F(DeadLetters, APositionPassesARetriedMessageOnlyOnceItGoesRound) {
  const CastVote bad = new_vote(poll);
  append(engine.queue, bad);
  store.refused = bad.request;
  store.refusals_left = 1;
  std::vector<std::int64_t> positions;
  queue.faults.before("append", [&](int pass) {
    positions.push_back(next_offset());
    return pass == 1 ? Fate::refuse : Fate::go_on;
  });
  drain();
  EXPECT_EQ(positions, std::vector<std::int64_t>(2, 0));
  expect_counted(files, 1);
}

TEST_F(DeadLetters, ABatchRefusedOnItsDataIsHalvedUntilTheCulpritIsAlone) {
  const CastVote bad = new_vote(poll);
  for (int n = 0; n < 5; ++n) append(engine.queue, new_vote(poll));
  append(engine.queue, bad);
  for (int n = 0; n < 10; ++n) append(engine.queue, new_vote(poll));
  store.refused = bad.request;
  const WorkerTotals totals = drain();
  expect_counted(files, 15);
  EXPECT_EQ(totals.retried, settings.max_retries);
  EXPECT_EQ(totals.dead_letters, 1U);
  EXPECT_EQ(end_offset(), 16 + static_cast<std::int64_t>(settings.max_retries));
  EXPECT_EQ(next_offset(), end_offset());
  const auto letters = test::dead_letters(engine.queue);
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(letters[0].message.value, to_message(bad));
  EXPECT_EQ(header(letters[0].message, kErrorHeader), "store_refused: no such data");
  EXPECT_EQ(header(letters[0].message, kRetryCountHeader), "3");
  EXPECT_EQ(header(letters[0].message, kFirstStampHeader), to_text(test::kStart));
}

TEST_F(DeadLetters, ARetriedVoteKeepsTheStampOfItsFirstCopy) {
  const CastVote vote = new_vote(poll);
  append(engine.queue, vote);
  store.refused = vote.request;
  store.refusals_left = 1;
  queue.faults.before("append", [&](int /*pass*/) {
    clock.advance(std::chrono::hours(48));
    return Fate::go_on;
  });
  const WorkerTotals totals = drain();
  EXPECT_EQ(totals.retried, 1U);
  EXPECT_EQ(totals.dead_letters, 0U) << "in time, and yet too late";
  expect_counted(files, 1);
}

TEST_F(DeadLetters, ARetryHeaderCannotMakeAMessageEarlierThanItWasAppendedTwice) {
  const CastVote vote = new_vote(poll);
  clock.advance(std::chrono::hours(2));
  append(engine.queue, Message{vote.voter,
                               to_message(vote),
                               {{std::string(kFirstStampHeader), "yesterday"},
                                {std::string(kRetryCountHeader), "many"}}});
  EXPECT_EQ(drain().dead_letters, 1U);
  expect_counted(files, 0);
}

/// A store that answers its first batch and then is set back to before it.
class ForgetfulStore final : public test::FaultyStore {
 public:
  using FaultyStore::FaultyStore;
  void record(Batch batch, Completion<Result<BatchReport>> done) override {
    if (remembers_) return FaultyStore::record(std::move(batch), std::move(done));
    remembers_ = true;
    BatchReport report;
    for (const VoteToRecord& vote : batch.votes)
      report.outcomes.push_back(
          {Recorded::recorded, vote.vote.request, digest_of(vote.vote.options)});
    done(std::move(report));
  }

 private:
  bool remembers_ = false;
};

TEST_F(DeadLetters, AStoreSetBackWhileOneIsBuriedLosesNoNeighbour) {
  append(engine.queue, new_vote(poll));
  append_raw("poison");
  ForgetfulStore forgetful(engine.store);
  Worker worker(forgetful, queue, cache, clock, settings);
  worker.run(stop, true);
  EXPECT_EQ(next_offset(), 2);
  expect_counted(files, 1);
}

TEST_F(DeadLetters, AHeaderIsThereOnce) {
  append(engine.queue, Message{UserId{},
                               "poison",
                               {{std::string(kErrorHeader), "an earlier one"},
                                {std::string(kFirstStampHeader), to_text(test::kStart)}}});
  Message buried;
  class Watching final : public Queue {
   public:
    Watching(Queue& queue, Message& letter) : queue_(queue), letter_(letter) {}
    void append(Message m, Completion<AppendResult> d) override {
      queue_.append(std::move(m), std::move(d));
    }
    void append_to(std::int32_t p, Message m, Completion<AppendResult> d) override {
      queue_.append_to(p, std::move(m), std::move(d));
    }
    std::unique_ptr<Consumer> consumer() override { return queue_.consumer(); }
    void add_dead_letter(Message m, Completion<Result<Done>> d) override {
      letter_ = m;
      queue_.add_dead_letter(std::move(m), std::move(d));
    }
    void dead_letters(std::int64_t a, std::size_t l,
                      Completion<Result<std::vector<DeadLetter>>> d) override {
      queue_.dead_letters(a, l, std::move(d));
    }
    void remove_dead_letter(std::int64_t id, Completion<Result<bool>> d) override {
      queue_.remove_dead_letter(id, std::move(d));
    }
    void status(Completion<Result<QueueStatus>> d) override { queue_.status(std::move(d)); }
    std::string topic() const override { return queue_.topic(); }
    bool reachable() const override { return queue_.reachable(); }

   private:
    Queue& queue_;
    Message& letter_;
  } watching(engine.queue, buried);
  Worker worker(store, watching, cache, clock, settings);
  worker.run(stop, true);
  for (const auto& [name, value] : buried.headers)
    EXPECT_EQ(
        std::count_if(buried.headers.begin(), buried.headers.end(),
                      [&, wanted = name](const auto& entry) { return entry.first == wanted; }),
        1)
        << name;
  EXPECT_EQ(header(buried, kErrorHeader).find("malformed"), 0U);
}

}  // namespace
}  // namespace vote
