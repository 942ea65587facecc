#pragma once
// What a decorated port does at a named verb: "record", "append", "take", … Each verb has two
// points, before it is handed on and after it was answered; an action at a point may wait for an
// event, end the process, or keep the call from going on. Thread-safe; actions run on the thread
// that passes.
#include <unistd.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace vote::test {

/// go_on: hand the call, or its answer, on. refuse: the port fails, and nothing was done. lose: the
/// port fails, and nobody knows what was done.
enum class Fate { go_on, refuse, lose };

class Faults {
 public:
  /// `pass` counts from 1.
  using Action = std::function<Fate(int pass)>;

  void before(const std::string& verb, Action action) { set({verb, 0}, std::move(action)); }
  void after(const std::string& verb, Action action) { set({verb, 1}, std::move(action)); }
  void heal() {
    const std::lock_guard lock(mutex_);
    actions_.clear();
  }
  /// How often the verb was called.
  int calls(const std::string& verb) const {
    const std::lock_guard lock(mutex_);
    const auto found = passes_.find({verb, 0});
    return found == passes_.end() ? 0 : found->second;
  }

  Fate pass_before(const std::string& verb) { return pass({verb, 0}); }
  Fate pass_after(const std::string& verb) { return pass({verb, 1}); }

 private:
  using Point = std::pair<std::string, int>;

  void set(Point point, Action action) {
    const std::lock_guard lock(mutex_);
    actions_[std::move(point)] = std::move(action);
  }
  Fate pass(const Point& point) {
    Action action;
    int number = 0;
    {
      const std::lock_guard lock(mutex_);
      number = ++passes_[point];
      if (const auto found = actions_.find(point); found != actions_.end()) action = found->second;
    }
    return action ? action(number) : Fate::go_on;
  }

  mutable std::mutex mutex_;
  std::map<Point, Action> actions_;
  std::map<Point, int> passes_;
};

inline Faults::Action always(Fate fate) {
  return [fate](int /*pass*/) { return fate; };
}
/// The first `count` calls from now on.
inline Faults::Action first(int count, Fate fate) {
  return [left = std::make_shared<std::atomic<int>>(count), fate](int /*pass*/) {
    return (*left)-- > 0 ? fate : Fate::go_on;
  };
}
/// Ends the process as SIGKILL would: no destructor runs, nothing is flushed.
inline constexpr int kEndedAtPoint = 86;
inline Faults::Action end_process() {
  return [](int /*pass*/) -> Fate { ::_exit(kEndedAtPoint); };
}

}  // namespace vote::test
