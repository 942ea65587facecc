#include "ingest/fitting_queue.h"

#include <stdexcept>
#include <vector>

#include "runtime/blocking.h"

namespace vote {

namespace {

template <class T, class Call>
T answer_of(Call call) {
  auto answer = wait_for<Result<T>>(call);
  if (!answer) throw std::runtime_error(for_operator(answer.error()));
  return std::move(*answer);
}

std::string explanation(const std::string& topic, const std::string& other) {
  std::string text = "votes of this store may wait in the queue topic " + other;
  text += topic.empty() ? ", but queue.url names no queue" : ", not in " + topic;
  text +=
      ": name that queue again, or, once all of it has been processed and it is gone for good, ";
  return text + "run votectl queue forget " + other;
}

void require_no_other_topic(Store& store, const std::string& topic) {
  const auto known =
      answer_of<std::vector<std::string>>([&](auto done) { store.topics(std::move(done)); });
  for (const std::string& other : known)
    if (other != topic) throw std::runtime_error(explanation(topic, other));
}

}  // namespace

void require_fitting_queue(Store& store, Queue& queue) {
  require_no_other_topic(store, queue.topic());
  const auto positions = answer_of<std::vector<Position>>(
      [&](auto done) { store.positions(queue.topic(), std::move(done)); });
  if (positions.empty()) return;
  const auto sought = queue.consumer()->seek(positions);
  if (!sought) throw std::runtime_error(for_operator(sought.error()));
}

}  // namespace vote
