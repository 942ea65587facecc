#pragma once
// Answers of store and queue, waited for. Internal to reconcile/.
#include <utility>

#include "runtime/blocking.h"
#include "vote/error.h"

namespace vote {

/// Ends a pass: there was an error in the place of an answer.
struct NoAnswer {
  Error error;
};

/// `call(completion)`'s value; throws NoAnswer.
template <class T, class Call>
T answer_of(Call&& call) {
  auto answer = wait_for<Result<T>>(std::forward<Call>(call));
  if (!answer) throw NoAnswer{answer.error()};
  return std::move(*answer);
}

}  // namespace vote
