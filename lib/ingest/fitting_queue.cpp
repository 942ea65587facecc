#include "ingest/fitting_queue.h"

#include <optional>
#include <stdexcept>
#include <vector>

#include "runtime/blocking.h"

namespace vote {

namespace {

/// Nothing: it does not answer now.
template <class T, class Call>
std::optional<T> answer_of(Call call) {
  auto answer = wait_for<Result<T>>(call);
  if (answer) return std::move(*answer);
  if (answer.error().code == Code::unavailable) return std::nullopt;
  throw std::runtime_error(for_operator(answer.error()));
}

std::string explanation(const std::string& topic, const std::string& other) {
  std::string text = "votes of this store may wait in the queue topic " + other;
  text += topic.empty() ? ", but queue.url names no queue" : ", not in " + topic;
  text +=
      ": name that queue again, or, once all of it has been processed and it is gone for good, ";
  return text + "run votectl queue forget " + other;
}

}  // namespace

bool is_fitting_queue(Store& store, Queue& queue) {
  const std::string topic = queue.topic();
  const auto known =
      answer_of<std::vector<std::string>>([&](auto done) { store.topics(std::move(done)); });
  if (!known) return false;
  for (const std::string& other : *known)
    if (other != topic) throw std::runtime_error(explanation(topic, other));
  const auto positions =
      answer_of<std::vector<Position>>([&](auto done) { store.positions(topic, std::move(done)); });
  if (!positions) return false;
  if (positions->empty()) return true;
  const auto sought = queue.consumer()->seek(*positions);
  if (sought) return true;
  if (sought.error().code == Code::unavailable) return false;
  throw std::runtime_error(for_operator(sought.error()));
}

}  // namespace vote
