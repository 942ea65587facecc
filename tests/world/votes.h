#pragma once
// Polls and votes for tests.
#include <stdexcept>
#include <string>
#include <utility>

#include "runtime/blocking.h"
#include "runtime/random.h"
#include "store/store.h"
#include "world/time.h"

namespace vote::test {

template <class SomeId>
SomeId new_id() {
  return fresh_id<SomeId>(SystemClock());
}

/// Open from kStart - 1 h to kStart + 1 h, with three options.
Poll new_poll();

/// Adds it and reads it again, as it stands in the store.
Poll add_poll(Store& store, const Poll& poll);

CastVote new_vote(const Poll& poll, std::size_t option = 0);

}  // namespace vote::test
