#pragma once
// Calls of one kind that are answered together: all that wait, as far as they may share a
// transaction, go into one. Internal to store/postgres/.
#include <any>
#include <exception>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "postgres/lane.h"
#include "store/postgres/session.h"

namespace vote::postgres {

/// What a failure means to whoever called. Only what the schema refused is the data's fault; all
/// else is the store's own trouble.
Error error_of(const std::exception_ptr& failure);

/// Calls that ask `Asked` and are answered with a Result<T>. Thread-safe.
template <class Asked, class T>
class Groups {
 public:
  struct Call {
    Asked asked;
    Completion<Result<T>> done;
    void finished(const std::exception_ptr& failure) { done(error_of(failure)); }
  };
  /// How many of these calls, from the first on, share a transaction: at least 1.
  using Together = std::size_t (*)(std::span<const Call> calls);
  /// Answers them, in order.
  using Step = std::vector<Result<T>> (*)(Session& session, std::span<const Call> calls);

  Groups(const std::string& url, Watchdog& watchdog, Duration statement_time_max,
         std::size_t waiting_max, Together together, Step step)
      : together_(together),
        step_(step),
        link_(url, watchdog, statement_time_max),
        thread_(waiting_max, too_many_waiting(url, waiting_max),
                [this](std::span<Call> calls) { answer_all(calls); }) {}

  void submit(Asked asked, Completion<Result<T>> done) {
    thread_.submit({std::move(asked), std::move(done)});
  }

 private:
  void answer_all(std::span<Call> calls) {
    while (!calls.empty()) {
      std::span<Call> some = calls.first(together_(calls));
      std::exception_ptr failure = attempt(some);
      if (failure && some.size() > 1 && !is_out_of_reach(failure)) {
        some = some.first(1);  // perhaps a neighbour's fault: each alone
        failure = attempt(some);
      }
      // What waits behind it has waited long enough for a server that is not there.
      if (failure && is_out_of_reach(failure)) some = calls;
      if (failure)
        for (Call& call : some) call.finished(failure);
      calls = calls.subspan(some.size());
    }
  }

  std::exception_ptr attempt(std::span<Call> calls) {
    std::vector<Result<T>> answers;
    try {
      link_.run(Transaction::Mode::write, [&](Transaction& transaction) {
        Session session(transaction, kept_);
        answers = step_(session, calls);
      });
    } catch (...) {
      kept_.reset();
      return std::current_exception();
    }
    for (std::size_t i = 0; i < calls.size(); ++i) calls[i].done(std::move(answers[i]));
    return nullptr;
  }

  const Together together_;
  const Step step_;
  Link link_;
  std::any kept_;
  JobThread<Call> thread_;  // last: it uses the rest
};

}  // namespace vote::postgres
