#pragma once
// Watches whether the brokers answer and the topics are still as they must be, on a thread of its
// own, so that an append that has no chance is refused at once. Internal to queue/kafka/.
// Thread-safe, but for `start` and `stop`.
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "queue/kafka/cluster.h"

namespace vote::kafka {

/// What stands in the way; no exception, for threads hand it on to each other.
struct Trouble {
  KafkaError::Kind kind;
  std::string why;
};

class Watch {
 public:
  static constexpr Duration kLookInterval = std::chrono::milliseconds(500);
  static constexpr Duration kDoubtInterval = std::chrono::milliseconds(50);  // at least
  // A frozen broker says nothing; a broker that others are better than is not yet the cluster.
  static constexpr Duration kSilenceMax = std::chrono::seconds(2);
  // Settings that somebody changes meanwhile; the partitions are looked at each time.
  static constexpr Duration kJudgeInterval = std::chrono::seconds(30);

  /// Looks a first time: throws KafkaError (unusable) where the topics cannot be used, and says in
  /// the log where no broker answers, or what the topics' settings cost.
  Watch(const KafkaSettings& settings, const Cluster& cluster);
  ~Watch();
  Watch(const Watch&) = delete;

  /// From now on on its own thread, which runs `each_time` too.
  void start(std::function<void()> each_time);
  void stop();

  /// Whether topics are verified and brokers answer.
  bool ready() const { return ready_.load(std::memory_order_relaxed); }
  /// Why not; nothing where they are.
  std::optional<Trouble> trouble() const;

  /// What makes the topics less safe than they could be, as of the last look at their settings.
  std::vector<std::string> warnings() const;

  void heard() { heard_us_.store(now_us(), std::memory_order_relaxed); }  // from a broker
  void lost(const std::string& why);                                      // all brokers
  void doubt();  // something does not fit: looks again now

 private:
  void run();
  void look();
  std::optional<Trouble> judge();
  void set(std::optional<Trouble> trouble);
  static std::int64_t now_us();

  const KafkaSettings& settings_;
  const Cluster& cluster_;
  std::function<void()> each_time_;
  std::atomic<bool> ready_ = false;
  std::atomic<std::int64_t> heard_us_ = 0;
  std::int64_t judged_us_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Trouble> trouble_;
  std::vector<std::string> warnings_;
  bool doubted_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace vote::kafka
