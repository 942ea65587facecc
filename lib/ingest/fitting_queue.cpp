#include "ingest/fitting_queue.h"

#include <stdexcept>
#include <vector>

#include "runtime/blocking.h"

namespace vote {

bool is_fitting_queue(Store& store, Queue& queue, const std::string& topic) {
  const auto positions = wait_for<Result<std::vector<Position>>>(
      [&](auto done) { store.positions(topic, std::move(done)); });
  if (!positions && positions.error().code == Code::unavailable) return false;
  if (!positions) throw std::runtime_error(for_operator(positions.error()));
  if (positions->empty()) return true;
  const auto sought = queue.consumer()->seek(*positions);
  if (sought) return true;
  if (sought.error().code == Code::unavailable) return false;
  throw std::runtime_error(for_operator(sought.error()));
}

}  // namespace vote
