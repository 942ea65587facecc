#pragma once
// All processes of one simulated world, and who starts them again when they are gone. One thread.
#include <memory>
#include <string>
#include <vector>

#include "fault/simulation/clients.h"
#include "fault/simulation/parts.h"

namespace vote::simulated {

class House {
 public:
  explicit House(Environment& world);

  /// As at a deployment.
  void start();
  /// Looks after processes that died, until `end`.
  void supervise();
  /// All of them end as by SIGTERM.
  void end();

  void start_api(std::size_t place);
  void start_worker(std::size_t place);
  void start_reconcile(std::size_t place);

  Apis apis;
  std::vector<std::shared_ptr<WorkerPart>> workers;
  std::vector<std::shared_ptr<ReconcilePart>> reconciles;
  /// Any process that is there.
  Process& any();
  bool has_shared_cache() const { return has_shared_cache_; }

 private:
  void replace_the_dead();

  Environment& world_;
  Host host_;
  const bool has_shared_cache_;
  WorkerSettings worker_settings_;
  std::vector<std::shared_ptr<Process>> all_;  // also those that are gone: fibers may still be in
  bool over_ = false;
};

}  // namespace vote::simulated
