#pragma once
// A connection that is opened when it is needed and opened anew after it broke. While the server is
// out of reach, work fails at once: it is asked again after a pause that grows from kPauseFirst to
// kPauseMost. Used by one thread.
#include <functional>
#include <memory>
#include <string>

#include "postgres/connection.h"
#include "runtime/stop.h"

namespace vote::postgres {

class Link {
 public:
  static constexpr Duration kPauseFirst = std::chrono::milliseconds(50);
  static constexpr Duration kPauseMost = std::chrono::seconds(1);
  static constexpr int kAttemptsMax = 4;  // where others were in the way

  /// `statement_time_max`: of a transaction's statements. Connects nowhere yet.
  Link(std::string url, Watchdog& watchdog, Duration statement_time_max);

  /// Runs `work` in a transaction and commits it; again on a new connection, where the old one had
  /// broken before anything was committed, and again where others were in the way (contended).
  /// Throws DatabaseError; whatever `work` throws rolls back and is passed on.
  void run(Transaction::Mode mode, const std::function<void(Transaction&)>& work);

 private:
  Connection& connect();
  void attempt(Transaction::Mode mode, const std::function<void(Transaction&)>& work);

  const std::string url_;
  Watchdog& watchdog_;
  const Duration statement_time_max_;
  std::unique_ptr<Connection> connection_;
  BackOff back_off_{kPauseFirst, kPauseMost};
  std::chrono::steady_clock::time_point not_before_{};
  std::string last_failure_;
};

}  // namespace vote::postgres
