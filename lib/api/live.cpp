#include "api/live.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "api/view.h"

namespace vote::api {
namespace {

auto age(const ResultsPage& page) {
  return std::tuple(page.counts.version, page.revision, page.status);
}

}  // namespace

Live::Live(PollCopies& polls, Scoreboard& scoreboard, Cache& cache, Timers& timers,
           const Clock& clock)
    : polls_(polls),
      scoreboard_(scoreboard),
      cache_(cache),
      timers_(timers),
      clock_(clock),
      seat_(cache.listen([this](const PollCounts& counts) { hear(counts); })) {}

Live::~Live() {
  seat_ = {};
  pulse_->end();
}

Live::Seat Live::join(PollId poll, bool for_all, const Scoreboard::Page& page) {
  const std::lock_guard lock(mutex_);
  Watched& watched = watched_[poll];
  note(watched, page);
  if (!watched.published) watched.published = watched.event;
  auto& topic = for_all ? watched.for_all : watched.for_some;
  if (!topic) topic = std::make_shared<http::Topic>();
  if (!std::exchange(looks_, true)) look_later();
  return {http::Subscription(topic), watched.event};
}

void Live::look_later() {
  timers_.after(kLookInterval, [this, pulse = pulse_] {
    if (!pulse->enter()) return;
    look();
    pulse->leave();
  });
}

void Live::look() {
  for (const PollId& poll : due()) look_at(poll);
  const std::lock_guard lock(mutex_);
  looks_ = !watched_.empty();
  if (looks_) look_later();
}

/// On whatever thread has put them: the timers' thread does the rest.
void Live::hear(const PollCounts& counts) {
  const std::lock_guard lock(mutex_);
  const auto found = watched_.find(counts.poll);
  if (found == watched_.end()) return;
  Watched& watched = found->second;
  const std::uint64_t known = watched.heard ? watched.heard->version : watched.page->counts.version;
  if (counts.version <= known) return;
  watched.heard = counts;
  if (watched.looking || clock_.elapsed() - watched.published_at < kEventInterval) return;
  watched.looking = true;
  timers_.after(Duration(0), [this, poll = counts.poll, pulse = pulse_] {
    if (!pulse->enter()) return;
    look_at(poll);
    pulse->leave();
  });
}

/// Forgets what nobody watches any more, and says which polls are to be looked at.
std::vector<PollId> Live::due() {
  const auto watched_by_any = [](const std::shared_ptr<http::Topic>& topic) {
    return topic && topic->subscribers() > 0;
  };
  const Duration now = clock_.elapsed();
  std::vector<PollId> polls;
  const std::lock_guard lock(mutex_);
  std::erase_if(watched_, [&](const auto& entry) {
    return !watched_by_any(entry.second.for_all) && !watched_by_any(entry.second.for_some);
  });
  auto at = watched_.upper_bound(last_looked_at_);
  for (std::size_t n = 0; n < watched_.size() && polls.size() < kLooksMax; ++n, ++at) {
    if (at == watched_.end()) at = watched_.begin();
    Watched& watched = at->second;
    if (watched.looking || now - watched.published_at < kEventInterval) continue;
    watched.looking = true;
    polls.push_back(at->first);
  }
  if (!polls.empty()) last_looked_at_ = polls.back();
  return polls;
}

void Live::look_at(PollId poll) {
  if (const PollCopy copy = polls_.find(poll)) return look_at(copy);
  if (!pulse_->enter()) return;
  polls_.get(poll, [this, poll, pulse = pulse_](const Result<PollCopy>& copy) {
    if (copy)
      look_at(*copy);
    else if (copy.error().code == Code::not_found)
      ended(poll);
    else
      not_seen(poll);
    pulse->leave();
  });
}

void Live::look_at(const PollCopy& poll) {
  const PollStatus status = poll->status_at(polls_.store_now());
  const bool for_all = is_public(*poll, status);
  if (const auto counts = take_heard(*poll))
    return seen(poll->id, for_all, scoreboard_.page_of(*poll, status, *counts));
  if (const auto page = scoreboard_.fresh(*poll, status)) return seen(poll->id, for_all, page);
  if (!needs_store(*poll, status)) return not_seen(poll->id);
  if (!pulse_->enter()) return;
  scoreboard_.read(
      poll, status,
      [this, id = poll->id, for_all, pulse = pulse_](const Result<Scoreboard::Page>& page) {
        if (page)
          seen(id, for_all, *page);
        else
          not_seen(id);
        pulse->leave();
      });
}

/// What is final is the store's to say.
std::optional<PollCounts> Live::take_heard(const Poll& poll) {
  const std::lock_guard lock(mutex_);
  const auto found = watched_.find(poll.id);
  if (found == watched_.end() || poll.final_at) return std::nullopt;
  return std::exchange(found->second.heard, std::nullopt);
}

bool Live::needs_store(const Poll& poll, PollStatus status) {
  const Duration now = clock_.elapsed();
  const std::lock_guard lock(mutex_);
  const auto found = watched_.find(poll.id);
  if (found == watched_.end()) return false;
  Watched& watched = found->second;
  const ResultsPage& page = *watched.page;
  const bool as_shown = page.revision == poll.revision && page.status == status;
  if (cache_.hears_others() && as_shown && now - watched.read_at < Scoreboard::kCheckInterval)
    return false;
  watched.read_at = now;
  return true;
}

void Live::seen(PollId poll, bool for_all, const Scoreboard::Page& page) {
  const std::lock_guard lock(mutex_);
  const auto found = watched_.find(poll);
  if (found == watched_.end()) return;
  Watched& watched = found->second;
  watched.looking = false;
  note(watched, page);
  if (!for_all && watched.for_all) {
    watched.for_all->end(kHiddenNow);
    watched.for_all.reset();
  }
  if (watched.event == watched.published) return;
  watched.published = watched.event;
  watched.published_at = clock_.elapsed();
  for (const auto& topic : {watched.for_all, watched.for_some})
    if (topic) topic->publish(watched.event);
}

void Live::ended(PollId poll) {
  const std::lock_guard lock(mutex_);
  const auto found = watched_.find(poll);
  if (found == watched_.end()) return;
  for (const auto& topic : {found->second.for_all, found->second.for_some})
    if (topic) topic->end(kGone);
  watched_.erase(found);
}

/// Nothing is new, or the store does not answer: whoever watches keeps what they have.
void Live::not_seen(PollId poll) {
  const std::lock_guard lock(mutex_);
  if (const auto found = watched_.find(poll); found != watched_.end())
    found->second.looking = false;
}

void Live::note(Watched& watched, const Scoreboard::Page& page) {
  if (watched.page && age(*page) <= age(*watched.page)) return;
  const std::uint64_t number = watched.event ? watched.event->number() + 1 : 1;
  const std::string_view id = std::string_view(page->etag).substr(1, page->etag.size() - 2);
  watched.page = page;
  if (watched.heard && watched.heard->version <= page->counts.version) watched.heard.reset();
  watched.event = std::make_shared<http::Event>(number, id, page->json, page->final);
}

}  // namespace vote::api
