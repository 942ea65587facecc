#pragma once
// What a queue is asked that takes a while to answer: its state and its dead letters. All that wait
// at a moment are answered together, on one thread. Internal to queue/kafka/. Thread-safe.
#include <exception>
#include <memory>
#include <span>
#include <variant>
#include <vector>

#include "queue/kafka/cluster.h"
#include "queue/kafka/dead_letters.h"
#include "queue/kafka/watch.h"
#include "runtime/job_thread.h"

namespace vote::kafka {

struct StatusWish {
  Completion<Result<QueueStatus>> done;
};
struct ListWish {
  std::int64_t after;
  std::size_t limit;
  Completion<Result<std::vector<DeadLetter>>> done;
};
struct RemoveWish {
  std::int64_t id;
  Completion<Result<bool>> done;
};

class Questions {
 public:
  Questions(const KafkaSettings& settings, const Cluster& cluster, const Watch& watch,
            Producer& producer);
  /// Answers what waits.
  ~Questions();

  void ask(StatusWish wish);
  void ask(ListWish wish);
  void ask(RemoveWish wish);

 private:
  struct Job {
    std::variant<StatusWish, ListWish, RemoveWish> wish;
    void finished(const std::exception_ptr& failure);
  };
  void answer(std::span<Job> jobs);
  Result<QueueStatus> status();
  void remove(const std::vector<RemoveWish*>& wishes);
  /// What it gives, or why there is nothing.
  template <class T, class Run>
  Result<T> attempt(Run run);

  const KafkaSettings& settings_;
  const Cluster& cluster_;
  const Watch& watch_;
  DeadLetters letters_;
  JobThread<Job> thread_;  // last: it uses the rest
};

}  // namespace vote::kafka
