#pragma once
// The one blocking wrapper: how worker, reconcile and the command lines use asynchronous ports.
#include <future>
#include <utility>

#include "runtime/completion.h"

namespace vote {

/// Starts `call(completion)` and waits for its value. Never from a thread that runs completions.
///   auto counts = wait_for<Result<PollCounts>>([&](auto done) { store.counts(id, std::move(done));
///   });
template <class T, class Call>
T wait_for(Call&& call) {
  std::promise<T> promise;
  auto future = promise.get_future();
  std::forward<Call>(call)(
      Completion<T>([&promise](T value) { promise.set_value(std::move(value)); }));
  return future.get();
}

/// The same, and does `meanwhile()` before it waits.
template <class T, class Call, class Meanwhile>
T wait_for(Call&& call, Meanwhile&& meanwhile) {
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

}  // namespace vote
