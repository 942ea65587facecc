#pragma once
// A thread with a connection of its own that does one job after the other for many callers. Reads
// that wait at the same moment share a transaction. Thread-safe.
#include <any>
#include <exception>
#include <functional>
#include <string>

#include "postgres/link.h"
#include "runtime/job_thread.h"

namespace vote::postgres {

struct Job {
  /// Inside a transaction, on the lane's thread; may run again, in another one. `kept` is the
  /// lane's, for what its jobs remember from one transaction to the next.
  std::function<void(Transaction&, std::any& kept)> run;
  /// After the commit (nothing), or with what prevented it. Once, on the lane's thread.
  std::function<void(std::exception_ptr)> finished;
};

class Lane {
 public:
  static constexpr std::size_t kReadsPerTransactionMax = 100;

  Lane(const std::string& url, Watchdog& watchdog, Transaction::Mode mode,
       Duration statement_time_max, std::size_t waiting_max);

  /// If waiting_max are waiting already, the job is finished at once with kind busy, on the
  /// caller's thread. When the server is out of reach, all that waits fails with the first.
  void submit(Job job) { thread_.submit(std::move(job)); }

 private:
  void work_off(std::span<Job> jobs);
  std::exception_ptr attempt(std::span<Job> jobs);

  const Transaction::Mode mode_;
  Link link_;
  std::any kept_;
  JobThread<Job> thread_;  // last: it uses the rest
};

/// What a job is finished with that is one too many.
std::exception_ptr too_many_waiting(const std::string& url, std::size_t waiting_max);
/// Whether all that waits for the same server may as well fail now.
bool is_out_of_reach(const std::exception_ptr& failure);

}  // namespace vote::postgres
