#include "postgres/lane.h"

#include <algorithm>

#include "config/url.h"

namespace vote::postgres {
namespace {

using Kind = DatabaseError::Kind;

std::optional<Kind> kind_of(const std::exception_ptr& failure) {
  if (!failure) return std::nullopt;
  try {
    std::rethrow_exception(failure);
  } catch (const DatabaseError& error) {
    return error.kind();
  } catch (...) {
    return std::nullopt;
  }
}

}  // namespace

std::exception_ptr too_many_waiting(const std::string& url, std::size_t waiting_max) {
  return std::make_exception_ptr(
      DatabaseError(Kind::busy, without_password(url) + " has " + std::to_string(waiting_max) +
                                    " calls waiting already: try again in a moment"));
}

bool is_out_of_reach(const std::exception_ptr& failure) {
  const auto kind = kind_of(failure);
  return kind == Kind::unreachable || kind == Kind::in_doubt;
}

Lane::Lane(const std::string& url, Watchdog& watchdog, Transaction::Mode mode,
           Duration statement_time_max, std::size_t waiting_max)
    : mode_(mode),
      link_(url, watchdog, statement_time_max),
      thread_(waiting_max, too_many_waiting(url, waiting_max),
              [this](std::span<Job> jobs) { work_off(jobs); }) {}

void Lane::work_off(std::span<Job> jobs) {
  const std::size_t at_once = mode_ == Transaction::Mode::read ? kReadsPerTransactionMax : 1;
  while (!jobs.empty()) {
    std::span<Job> some = jobs.first(std::min(at_once, jobs.size()));
    std::exception_ptr failure = attempt(some);
    if (failure && some.size() > 1 && !is_out_of_reach(failure)) {
      some = some.first(1);  // perhaps a neighbour's fault: each alone
      failure = attempt(some);
    }
    // What waits behind it has waited long enough for a server that is not there.
    if (is_out_of_reach(failure)) some = jobs;
    for (Job& job : some) job.finished(failure);
    jobs = jobs.subspan(some.size());
  }
}

std::exception_ptr Lane::attempt(std::span<Job> jobs) {
  try {
    link_.run(mode_, [&](Transaction& transaction) {
      for (Job& job : jobs) job.run(transaction, kept_);
    });
    return nullptr;
  } catch (...) {
    kept_.reset();
    return std::current_exception();
  }
}

}  // namespace vote::postgres
