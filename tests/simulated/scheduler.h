#pragma once
// Simulated time, and what runs in it: fibers, which take turns on one thread wherever one of them
// waits, and events, which run between their turns. Who is next follows from the times alone, and
// where these are equal from the seed. Everything here is for one thread.
#include <boost/context/fiber.hpp>
#include <cstdint>
#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <vector>

#include "runtime/blocking.h"
#include "simulated/chance.h"
#include "vote/time.h"

namespace vote::simulated {

struct Fiber;

/// What its fibers run on: a machine's process, which may be stopped for a while.
struct Host {
  Duration held_until{};  // no fiber of it runs before
};

/// Stacks of fibers, used again. Outlives every scheduler that uses it.
class Stacks {
 public:
  static constexpr std::size_t kBytes = std::size_t{256} * 1024;
  Stacks() = default;
  ~Stacks();
  Stacks(const Stacks&) = delete;
  boost::context::stack_context allocate();
  void deallocate(boost::context::stack_context& stack) noexcept;

 private:
  std::vector<void*> free_;
};

class Scheduler final : public Cooperation {
 public:
  Scheduler(Chance& chance, Stacks& stacks);
  ~Scheduler() override;
  Scheduler(const Scheduler&) = delete;

  /// Since the simulation began.
  Duration now() const { return now_; }
  /// Runs `event` then; it must not wait.
  void at(Duration when, std::function<void()> event);
  /// Begins a fiber now, on this host.
  void spawn(const Host& host, std::function<void()> body);

  // By a fiber.
  /// Others run meanwhile.
  void pause(Duration length);
  void wait_until(const std::function<bool()>& condition) override;
  /// What one fiber waits for until somebody says so.
  struct Signal {
    bool given = false;
    Fiber* waiting = nullptr;
    std::uint64_t ticket = 0;
  };
  /// False: not in time.
  bool await(Signal& signal, Duration at_most);
  /// From anywhere.
  void give(Signal& signal);

  /// Lets all of it run until `over`, or until nothing is left to do. Throws what a fiber threw.
  void run(const std::function<bool()>& over);
  std::size_t fibers() const { return running_; }

 private:
  struct Event {
    Duration at;
    std::uint64_t tie;
    std::uint64_t number;
    Fiber* fiber;  // null: what is to be run is in `run`
    std::uint64_t ticket;
    std::function<void()> run;
    bool operator<(const Event& other) const {
      if (at != other.at) return at > other.at;
      return tie != other.tie ? tie > other.tie : number > other.number;
    }
  };
  struct Blocked {
    Fiber* fiber;
    std::uint64_t ticket;
    const std::function<bool()>* condition;
  };
  void push(Event event);
  Event pop();
  void wake(Fiber& fiber, std::uint64_t ticket, Duration when);
  void suspend();
  void resume(Fiber& fiber);
  void look_at_blocked();

  Chance& chance_;
  Stacks& stacks_;
  Duration now_{};
  std::uint64_t events_ = 0;
  std::vector<Event> waiting_;  // a heap
  std::vector<Blocked> blocked_;
  std::list<Fiber> fibers_;
  std::size_t running_ = 0;
  Fiber* current_ = nullptr;
  boost::context::fiber loop_;
  std::exception_ptr failure_;
};

}  // namespace vote::simulated
