#include "postgres/link.h"

#include <utility>

namespace vote::postgres {

using Kind = DatabaseError::Kind;

Link::Link(std::string url, Watchdog& watchdog, Duration statement_time_max)
    : url_(std::move(url)), watchdog_(watchdog), statement_time_max_(statement_time_max) {}

Connection& Link::connect() {
  if (connection_) return *connection_;
  if (std::chrono::steady_clock::now() < not_before_)
    throw DatabaseError(Kind::unreachable, last_failure_);
  try {
    connection_ = std::make_unique<Connection>(url_, watchdog_);
    back_off_.reset();
  } catch (const DatabaseError& error) {
    last_failure_ = error.what();
    not_before_ = std::chrono::steady_clock::now() + back_off_.next();
    throw;
  }
  return *connection_;
}

void Link::attempt(Transaction::Mode mode, const std::function<void(Transaction&)>& work) {
  try {
    Transaction transaction(connect(), mode, statement_time_max_);
    work(transaction);
    transaction.commit();
  } catch (const DatabaseError& error) {
    if (error.kind() == Kind::unreachable || error.kind() == Kind::in_doubt) connection_.reset();
    throw;
  }
}

void Link::run(Transaction::Mode mode, const std::function<void(Transaction&)>& work) {
  // A connection that broke while it was idle is found out by the first who uses it.
  bool may_be_stale = connection_ != nullptr;
  for (int attempts = 1;; ++attempts) try {
      return attempt(mode, work);
    } catch (const DatabaseError& error) {
      if (error.kind() == Kind::unreachable && may_be_stale)
        may_be_stale = false;
      else if (error.kind() != Kind::contended || attempts >= kAttemptsMax)
        throw;
    }
}

}  // namespace vote::postgres
