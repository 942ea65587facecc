#pragma once
// Marks whose append was acknowledged, on their way to become queued. They stay pending for
// `after` first: within that time a worker has counted most votes and confirmed their marks, and
// to look at a mark costs Redis a fifth of what it costs to change one by a script. This process
// goes by what waits here; to others the marks are pending, as if the acks were that much slower.
// While Redis does not answer they wait on: those of votes that were acknowledged meanwhile are
// there once it is back. Internal to cache/redis/.
//
// `add`, `holds` and `take` from any thread, all else on the thread of `io`.
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <mutex>
#include <vector>

#include "cache/redis/commands.h"
#include "cache/redis/link.h"
#include "runtime/clock.h"

namespace vote::redis {

class QueuedMarks final : public AheadOfRedis {
 public:
  static constexpr std::size_t kTogetherMost = 200;  // in one command
  static constexpr Duration kTogetherFor = std::chrono::milliseconds(10);
  /// More of them stay pending, and end with their leases. 10 MB.
  static constexpr std::size_t kWaitingMost = 131'072;

  QueuedMarks(boost::asio::io_context& io, Link& link, const Keys& keys, const Clock& clock,
              Duration after);

  void add(const QueuedMark& mark);
  /// Takes as long as many are waiting: asked where a voter is back within `after`.
  bool holds(PollId poll, UserId voter, RequestId request) override;
  /// It waits no longer. False: it did not.
  bool take(PollId poll, UserId voter, RequestId request);
  /// Nothing waits any longer. Before the link ends.
  void stop();

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;
  struct Group {
    SteadyTime began;
    std::vector<QueuedMark> marks;
  };

  void begin_to_wait();
  void wait();
  std::deque<Group> take_until(SteadyTime began);
  void look_at(std::vector<QueuedMark> marks);
  void wait_on(std::vector<QueuedMark> marks);
  void change(std::vector<QueuedMark> marks);

  Link& link_;
  const Keys& keys_;
  const Clock& clock_;
  const Duration after_;
  boost::asio::steady_timer timer_;
  std::mutex mutex_;
  std::deque<Group> groups_;  // by the mutex, the oldest first
  std::size_t waiting_ = 0;   // by the mutex: marks of all groups
  bool timer_runs_ = false;   // by the mutex, or about to
  bool stopping_ = false;
};

}  // namespace vote::redis
