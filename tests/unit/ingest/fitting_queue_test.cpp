// Whether the queue is the store's: told at the start, or asked again.
#include "ingest/fitting_queue.h"

#include <stdexcept>

#include "decorators/queue.h"
#include "world/engine.h"

namespace vote {
namespace {

class FittingQueue : public testing::Test {
 protected:
  FittingQueue() {
    const Poll poll = test::add_poll(engine.store, test::new_poll());
    test::append(engine.queue, test::new_vote(poll));
    test::drain(engine, clock);
  }

  test::HastyClock clock;
  test::EngineFiles files;
  test::Engine engine{files, clock};
  test::FaultyQueue queue{engine.queue};
};

TEST_F(FittingQueue, TheStoresOwnFits) {
  EXPECT_TRUE(is_fitting_queue(engine.store, queue));
}

TEST_F(FittingQueue, OneThatIsAwayIsToBeAskedAgain) {
  queue.faults.before("seek", [](int /*pass*/) { return test::Fate::refuse; });
  EXPECT_FALSE(is_fitting_queue(engine.store, queue));
  queue.faults.heal();
  EXPECT_TRUE(is_fitting_queue(engine.store, queue));
}

TEST_F(FittingQueue, AnotherOneIsRefusedWithAnExplanation) {
  const test::EngineFiles others;
  test::Engine other(others, clock);
  try {
    is_fitting_queue(engine.store, other.queue);
    FAIL() << "taken";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find(others.queue), std::string::npos);
  }
}

}  // namespace
}  // namespace vote
