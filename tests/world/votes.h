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
inline Poll new_poll() {
  Poll poll;
  poll.id = new_id<PollId>();
  poll.owner = new_id<UserId>();
  poll.title = "lunch";
  poll.start_time = kStart - std::chrono::hours(1);
  poll.end_time = kStart + std::chrono::hours(1);
  poll.published = true;
  for (const char* text : {"soup", "salad", "bread"})
    poll.options.push_back({new_id<OptionId>(), text});
  return poll;
}

/// Adds it and reads it again, as it stands in the store.
inline Poll add_poll(Store& store, const Poll& poll) {
  auto added = wait_for<Result<Poll>>([&](auto done) { store.add_poll(poll, std::move(done)); });
  if (!added) throw std::runtime_error(added.error().detail);
  return *added;
}

inline CastVote new_vote(const Poll& poll, std::size_t option = 0) {
  CastVote vote;
  vote.request = new_id<RequestId>();
  vote.poll = poll.id;
  vote.voter = new_id<UserId>();
  vote.options = {poll.options.at(option).id};
  vote.accepted_at = kStart;
  vote.ip = "192.0.2.1";
  vote.user_agent = "test";
  return vote;
}

}  // namespace vote::test
