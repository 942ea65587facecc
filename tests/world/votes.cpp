#include "world/votes.h"

namespace vote::test {

Poll new_poll() {
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

Poll add_poll(Store& store, const Poll& poll) {
  auto added = wait_for<Result<Poll>>([&](auto done) { store.add_poll(poll, std::move(done)); });
  if (!added) throw std::runtime_error(added.error().detail);
  return *added;
}

CastVote new_vote(const Poll& poll, std::size_t option) {
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
