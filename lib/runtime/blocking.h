#pragma once
// The one blocking wrapper: how worker, reconcile and the command lines use asynchronous ports.
#include <functional>
#include <future>
#include <optional>
#include <utility>

#include "runtime/completion.h"

namespace vote {

/// Runs other work of this thread while one piece of it waits: for a simulation, whose parts all
/// share one thread. Where a thread has none, it blocks.
class Cooperation {
 public:
  virtual ~Cooperation() = default;
  virtual void wait_until(const std::function<bool()>& condition) = 0;
};
/// Of this thread; null: none. Whoever sets it takes it away again.
inline thread_local Cooperation* cooperation = nullptr;

/// Starts `call(completion)`, does `meanwhile()`, and waits for the completion's value. Never from
/// a thread that runs completions.
template <class T, class Call, class Meanwhile>
T wait_for(Call&& call, Meanwhile&& meanwhile) {
  if (cooperation != nullptr) {
    std::optional<T> value;
    std::forward<Call>(call)(Completion<T>([&value](T given) { value = std::move(given); }));
    const auto is_there = [&value] { return value.has_value(); };
    try {
      std::forward<Meanwhile>(meanwhile)();
    } catch (...) {
      cooperation->wait_until(is_there);  // the completion has the value's address
      throw;
    }
    cooperation->wait_until(is_there);
    return std::move(*value);
  }
  std::promise<T> promise;
  auto future = promise.get_future();
  std::forward<Call>(call)(
      Completion<T>([&promise](T value) { promise.set_value(std::move(value)); }));
  try {
    std::forward<Meanwhile>(meanwhile)();
  } catch (...) {
    future.wait();  // the completion has the promise's address
    throw;
  }
  return future.get();
}

/// The same with nothing to do meanwhile.
///   auto counts = wait_for<Result<PollCounts>>([&](auto done) { store.counts(id, std::move(done));
///   });
template <class T, class Call>
T wait_for(Call&& call) {
  return wait_for<T>(std::forward<Call>(call), [] {});
}

}  // namespace vote
