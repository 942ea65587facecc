#pragma once
// A simulated process: its fibers, its clock, and its connections. One that is killed goes on in
// vain: nothing it does from then on reaches a server, and nobody hears its answers.
#include <functional>
#include <string>
#include <utility>

#include "fault/simulation/environment.h"
#include "runtime/stop.h"
#include "runtime/timers.h"

namespace vote::simulated {

/// A wish to stop whose waits are simulated.
class FiberStop final : public Stop {
 public:
  explicit FiberStop(Scheduler& scheduler) : scheduler_(scheduler) {}
  bool wait(Duration at_most) override {
    if (!requested() && at_most > Duration(0)) scheduler_.pause(at_most);
    return requested();
  }

 private:
  Scheduler& scheduler_;
};

class Process : public Host {
 public:
  /// What kills it at a call is counted as `killed_at_a_call`.
  Process(Environment& environment, std::string name, Kind killed_at_a_call)
      : environment_(environment),
        name_(std::move(name)),
        killed_at_a_call_(killed_at_a_call),
        clock(environment.scheduler),
        stop(environment.scheduler) {}
  virtual ~Process() = default;
  Process(const Process&) = delete;

  const std::string& name() const { return name_; }
  bool dead() const { return dead_; }
  void kill() {
    if (dead_) return;
    dead_ = true;
    held_until = Duration{};
    say("killed");
    stop.request();
  }
  /// No fiber of it runs for so long.
  void sleep(Duration length) {
    say("sleeps");
    held_until = environment_.scheduler.now() + length;
  }
  void run(std::function<void()> body) { environment_.scheduler.spawn(*this, std::move(body)); }
  void say(const std::string& what) const {
    if (environment_.traces()) environment_.say(name_, what);
  }
  Environment& environment() { return environment_; }
  /// By a fiber, at a call of a port: it may die there.
  void pass_a_point() {
    if (dead_ || !environment_.happens(killed_at_a_call_, 2)) return;
    if (killed_at_a_call_ == Kind::api_killed_at_a_call) environment_.marks_at_risk = true;
    kill();
  }
  bool reaches(const Server& server, const Outage& connection) const {
    const Duration now = environment_.scheduler.now();
    return now >= connection.until && now >= server.until;
  }

 private:
  Environment& environment_;
  const std::string name_;
  const Kind killed_at_a_call_;
  bool dead_ = false;

 public:
  SimulatedClock clock;
  FiberStop stop;
  Outage to_store, to_queue, to_cache;  // cut off
};

/// Each function runs on a fiber of its process.
class FiberTimers final : public Timers {
 public:
  explicit FiberTimers(Process& process) : process_(process) {}
  void after(Duration delay, std::function<void()> function) override {
    Scheduler& scheduler = process_.environment().scheduler;
    scheduler.at(scheduler.now() + delay,
                 [&process = process_, function = std::move(function)] { process.run(function); });
  }

 private:
  Process& process_;
};

}  // namespace vote::simulated
