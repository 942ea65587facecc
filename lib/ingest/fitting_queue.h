#pragma once
// Whether the queue is the one whose messages the store has processed. Votes that are acknowledged
// into another one (a new file in the place of a lost one, an old copy) would never be read, and no
// poll becomes final while votes may wait in a queue that nobody reads any more.
#include "queue/queue.h"
#include "store/store.h"

namespace vote {

/// Asks both and waits. False: one of them does not answer now, so this is to be asked again.
/// Throws std::runtime_error that says what does not fit and what to do.
bool is_fitting_queue(Store& store, Queue& queue);

}  // namespace vote
