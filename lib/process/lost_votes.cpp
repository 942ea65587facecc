#include "process/lost_votes.h"

#include <algorithm>
#include <set>
#include <thread>
#include <utility>

#include "process/dead_letters.h"
#include "runtime/blocking.h"

namespace vote {
namespace {

constexpr Duration kLookInterval = std::chrono::milliseconds(50);
constexpr std::size_t kPagePolls = 100;

using Name = std::pair<PollId, std::uint64_t>;  // of an undecided vote: its poll, its digest

Result<std::vector<PollId>> unfinished_polls(Store& store) {
  std::vector<PollId> ids;
  for (;;) {
    const auto page = wait_for<Result<std::vector<Poll>>>([&](auto done) {
      store.unfinished(ids.empty() ? PollId{} : ids.back(), kPagePolls, std::move(done));
    });
    if (!page) return page.error();
    if (page->empty()) return ids;
    for (const Poll& poll : *page) ids.push_back(poll.id);
  }
}

Result<LostVotes> holding(Store& store, const std::string& topic,
                          const std::vector<PollId>& polls) {
  LostVotes found;
  for (const PollId poll : polls) {
    auto end = wait_for<Result<EndOfPoll>>(
        [&](auto done) { store.end_of_poll(poll, topic, std::move(done)); });
    if (!end) return end.error();
    found.not_looked_at += end->holding_total - end->holding.size();
    std::move(end->holding.begin(), end->holding.end(), std::back_inserter(found.votes));
  }
  return found;
}

/// Until the workers have read all that the queue holds now.
Result<Done> await_workers(Store& store, Queue& queue, const Clock& clock, Duration until) {
  const auto status =
      wait_for<Result<QueueStatus>>([&](auto done) { queue.status(std::move(done)); });
  if (!status) return status.error();
  for (;;) {
    const auto positions = wait_for<Result<std::vector<Position>>>(
        [&](auto done) { store.positions(queue.topic(), std::move(done)); });
    if (!positions) return positions.error();
    if (covers(*positions, *status)) return Done{};
    if (clock.elapsed() >= until)
      return Error{Code::unavailable, "votes that go round may still wait in " + queue.topic() +
                                          ": let vote-worker read all of it, and look again"};
    std::this_thread::sleep_for(kLookInterval);
  }
}

Result<Done> check_topics(Store& store, const std::string& topic) {
  const auto topics =
      wait_for<Result<std::vector<std::string>>>([&](auto done) { store.topics(std::move(done)); });
  if (!topics) return topics.error();
  for (const std::string& each : *topics) {
    if (each == topic) continue;
    std::string what = "votes may wait in " + each + ", which is not the configured queue: let ";
    what += "vote-worker read all of it, or say that it is gone: votectl queue forget ";
    return Error{Code::invalid_input, what.append(each)};
  }
  return Done{};
}

Result<std::set<Name>> dead_letters(Queue& queue, std::optional<PollId> poll) {
  BuriedVoteFilter filter;
  filter.poll = poll;
  std::set<Name> names;
  const auto done = each_dead_letter(queue, filter, [&names](const BuriedVote& vote) {
    if (vote.ids.poll) names.emplace(*vote.ids.poll, vote.digest);
    return true;
  });
  if (!done) return done.error();
  return names;
}

bool is_among(const std::vector<UndecidedVote>& votes, const UndecidedVote& vote) {
  return std::any_of(votes.begin(), votes.end(), [&](const UndecidedVote& each) {
    return each.poll == vote.poll && each.digest == vote.digest && each.state == vote.state;
  });
}

}  // namespace

Result<LostVotes> find_lost_votes(Store& store, Queue& queue, const Clock& clock,
                                  std::uint32_t rounds, std::optional<PollId> poll) {
  const auto polls = poll ? std::vector<PollId>{*poll} : unfinished_polls(store);
  if (!polls) return polls.error();
  if (const auto fits = check_topics(store, queue.topic()); !fits) return fits.error();
  auto before = holding(store, queue.topic(), *polls);
  if (!before || before->votes.empty()) return before;
  // What goes round was appended again before it was noted, so each time it is read once at least.
  const Duration until = clock.elapsed() + kWorkersReadMax;
  for (std::uint32_t round = 0; round < rounds; ++round)
    if (const auto read = await_workers(store, queue, clock, until); !read) return read.error();
  const auto letters = dead_letters(queue, poll);
  if (!letters) return letters.error();
  auto now = holding(store, queue.topic(), *polls);
  if (!now) return now;
  std::erase_if(now->votes, [&](const UndecidedVote& vote) {
    return !is_among(before->votes, vote) || letters->contains({vote.poll, vote.digest});
  });
  return now;
}

Result<Done> give_up(Store& store, const std::string& actor, const UndecidedVote& vote) {
  OperatorAction noted;
  noted.actor = actor;
  noted.action = "dropped";
  noted.poll = vote.poll;
  noted.user = vote.voter;
  noted.request = vote.request;
  noted.detail = "lost " + std::string(name(vote.state)) + ": " + vote.reason;
  const auto is_noted =
      wait_for<Result<Done>>([&](auto done) { store.note(std::move(noted), std::move(done)); });
  if (!is_noted) return is_noted.error();
  return wait_for<Result<Done>>(
      [&](auto done) { store.settle(vote, Settlement::dropped, std::move(done)); });
}

}  // namespace vote
