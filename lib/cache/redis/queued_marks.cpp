#include "cache/redis/queued_marks.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

namespace vote::redis {

using std::chrono::steady_clock;

namespace {

auto is(PollId poll, UserId voter, RequestId request) {
  return [=](const QueuedMark& mark) {
    return mark.request == request && mark.voter == voter && mark.poll == poll;
  };
}

}  // namespace

QueuedMarks::QueuedMarks(boost::asio::io_context& io, Link& link, const Keys& keys,
                         const Clock& clock, Duration after)
    : link_(link), keys_(keys), clock_(clock), after_(after), timer_(io) {}

void QueuedMarks::add(const QueuedMark& mark) {
  const SteadyTime now = steady_clock::now();
  const std::lock_guard lock(mutex_);
  if (waiting_ >= kWaitingMost) return;
  ++waiting_;
  if (groups_.empty() || groups_.back().marks.size() >= kTogetherMost ||
      now >= groups_.back().began + kTogetherFor)
    groups_.push_back({now, {}});
  groups_.back().marks.push_back(mark);
  begin_to_wait();
}

/// Under the mutex.
void QueuedMarks::begin_to_wait() {
  if (!std::exchange(timer_runs_, true))
    boost::asio::post(timer_.get_executor(), [this] { wait(); });
}

bool QueuedMarks::holds(PollId poll, UserId voter, RequestId request) {
  const std::lock_guard lock(mutex_);
  return std::any_of(groups_.begin(), groups_.end(), [&](const Group& group) {
    return std::any_of(group.marks.begin(), group.marks.end(), is(poll, voter, request));
  });
}

bool QueuedMarks::take(PollId poll, UserId voter, RequestId request) {
  const std::lock_guard lock(mutex_);
  for (Group& group : groups_) {
    const auto rest =
        std::remove_if(group.marks.begin(), group.marks.end(), is(poll, voter, request));
    if (rest == group.marks.end()) continue;
    waiting_ -= static_cast<std::size_t>(group.marks.end() - rest);
    group.marks.erase(rest, group.marks.end());
    return true;
  }
  return false;
}

/// Until the oldest group is due.
void QueuedMarks::wait() {
  {
    const std::lock_guard lock(mutex_);
    timer_runs_ = !groups_.empty();
    if (!timer_runs_) return;
    timer_.expires_at(groups_.front().began + after_);
  }
  timer_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    for (Group& group : take_until(steady_clock::now() - after_)) look_at(std::move(group.marks));
    wait();
  });
}

std::deque<QueuedMarks::Group> QueuedMarks::take_until(SteadyTime began) {
  std::deque<Group> taken;
  const std::lock_guard lock(mutex_);
  while (!groups_.empty() && groups_.front().began <= began) {
    waiting_ -= groups_.front().marks.size();
    taken.push_back(std::move(groups_.front()));
    groups_.pop_front();
  }
  return taken;
}

void QueuedMarks::look_at(std::vector<QueuedMark> marks) {
  if (marks.empty()) return;
  link_.send(std::make_unique<FindUnconfirmed>(
      keys_, std::move(marks), [this](std::vector<QueuedMark> unconfirmed, bool looked) {
        looked ? change(std::move(unconfirmed)) : wait_on(std::move(unconfirmed));
      }));
}

void QueuedMarks::wait_on(std::vector<QueuedMark> marks) {
  const std::lock_guard lock(mutex_);
  if (stopping_ || waiting_ + marks.size() > kWaitingMost) return;
  waiting_ += marks.size();
  groups_.push_back({steady_clock::now(), std::move(marks)});
  begin_to_wait();
}

void QueuedMarks::change(std::vector<QueuedMark> marks) {
  if (marks.empty()) return;
  link_.send(std::make_unique<QueueMarks>(
      keys_, std::move(marks), clock_.now(),
      [this](std::vector<QueuedMark> unchanged) { wait_on(std::move(unchanged)); }));
}

void QueuedMarks::stop() {
  stopping_ = true;
  timer_.cancel();
  for (Group& group : take_until(SteadyTime::max())) change(std::move(group.marks));
}

}  // namespace vote::redis
