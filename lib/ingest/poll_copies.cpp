#include "ingest/poll_copies.h"

#include <algorithm>
#include <utility>

#include "log/log.h"
#include "runtime/blocking.h"
#include "runtime/random.h"

namespace vote {

PollCopies::PollCopies(Store& store, const Clock& clock, Settings settings)
    : store_(store),
      clock_(clock),
      settings_(std::move(settings)),
      holder_(fresh_id<UserId>(clock)),
      store_epoch_us_((microseconds_of(clock.now()) - clock.elapsed().count())) {}

PollCopies::~PollCopies() {
  if (!thread_.joinable()) return;
  stop_.request();
  thread_.join();
}

void PollCopies::start() {
  refresh();
  thread_ = std::thread([this] { run(stop_); });
}

void PollCopies::run(Stop& stop) {
  while (!stop.wait(kRefreshInterval)) refresh();
  const auto given_back = wait_for<Result<Done>>(
      [&](auto done) { store_.give_back(settings_.name, holder_, std::move(done)); });
  if (!given_back)
    log::warn("lease_not_given_back", {{"reason", for_operator(given_back.error())}});
}

void PollCopies::refresh() {
  const std::lock_guard one_at_a_time(refreshing_);
  const Duration sent = clock_.elapsed();
  const auto renewal = wait_for<Result<Renewal>>([&](auto done) {
    store_.renew(
        {settings_.name, holder_, applied_revision_, settings_.lease, !held_, settings_.topic},
        std::move(done));
  });
  if (!renewal) {
    store_answers_ = false;
    if (!std::exchange(missed_, true))
      log::warn("store_does_not_answer", {{"reason", for_operator(renewal.error())}});
    return;
  }
  store_answers_ = true;
  if (std::exchange(missed_, false)) log::info("store_answers");
  learn_time(renewal->store_time, sent, clock_.elapsed());
  std::vector<PollId> outdated;
  {
    const std::unique_lock lock(mutex_);
    if (renewal->set_back || !renewal->changed.empty()) ++generation_;
    if (renewal->set_back) copies_.clear();
    for (const PollId& poll : renewal->changed)
      if (copies_.erase(poll) > 0) outdated.push_back(poll);
  }
  // Only now is every change up to here known to this process; the next renewal says so.
  applied_revision_ = renewal->revision;
  if (renewal->displaced && !std::exchange(displaced_, true))
    log::error("lease_taken_over",
               {{"name", settings_.name},
                {"reason",
                 "another vote-api holds the lease of this name: votes are recorded "
                 "through the store until each has a name of its own ([api] name)"}});
  lease_until_us_ = renewal->displaced ? -1 : (sent + settings_.lease).count();
  held_ = true;
  // Who asks next may find the store away, and its votes need nothing else of it.
  for (const PollId& poll : outdated)
    (void)wait_for<Result<PollCopy>>([&](auto done) { get(poll, std::move(done)); });
}

PollCopy PollCopies::find(PollId poll) const {
  const std::shared_lock lock(mutex_);
  const auto found = copies_.find(poll);
  return found == copies_.end() ? nullptr : found->second;
}

void PollCopies::get(PollId poll, Completion<Result<PollCopy>> done) {
  PollCopy copy = find(poll);
  if (copy) return done(std::move(copy));
  bool first = false;
  {
    const std::unique_lock lock(mutex_);
    auto& waiting = loading_[poll];
    first = waiting.empty();
    waiting.push_back(std::move(done));
  }
  if (first) load(poll);
}

void PollCopies::load(PollId poll) {
  std::uint64_t generation = 0;
  {
    const std::shared_lock lock(mutex_);
    generation = generation_;
  }
  store_.poll(poll, [this, poll, generation](Result<Poll> answer) {
    loaded(poll, generation, std::move(answer));
  });
}

void PollCopies::loaded(PollId poll, std::uint64_t generation, Result<Poll> answer) {
  std::vector<Completion<Result<PollCopy>>> waiting;
  PollCopy copy;
  {
    const std::unique_lock lock(mutex_);
    if (generation == generation_) {
      waiting = std::move(loading_[poll]);
      loading_.erase(poll);
      if (answer) {
        copy = std::make_shared<const Poll>(std::move(*answer));
        if (copies_.size() >= kPollCopiesMax) copies_.clear();
        copies_[poll] = copy;
      }
    }
  }
  // Read before a change that this process has been told of since: what was read may be older.
  if (waiting.empty()) return load(poll);
  for (auto& done : waiting) {
    if (copy)
      done(copy);
    else
      done(answer.error());
  }
}

void PollCopies::forget(PollId poll) {
  const std::unique_lock lock(mutex_);
  ++generation_;
  copies_.erase(poll);
}

/// The store read its clock some time between `sent` and `received`. What is believed moves no
/// further than that demands: on one machine, where both clocks are one, a slow answer moves
/// nothing.
void PollCopies::learn_time(Time store_time, Duration sent, Duration received) {
  const std::int64_t time_us = microseconds_of(store_time);
  store_epoch_us_ =
      std::clamp(store_epoch_us_.load(), time_us - received.count(), time_us - sent.count());
}

Time PollCopies::store_now() const {
  return time_of(store_epoch_us_.load() + clock_.elapsed().count());
}

bool PollCopies::lease_runs() const {
  return clock_.elapsed().count() < lease_until_us_;
}

}  // namespace vote
