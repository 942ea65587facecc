#pragma once
// Writes down what a worker counts of itself, and what waits for it (metrics/catalogue.h).
#include <string>

#include "metrics/registry.h"
#include "process/worker.h"
#include "queue/queue.h"
#include "runtime/clock.h"
#include "store/store.h"

namespace vote {

/// Asks nobody.
void write_metrics(metrics::Sheet& sheet, const Worker& worker, const Clock& clock);

/// Asks queue and store, and waits for their answers; what they do not answer is left out.
void write_backlog(metrics::Sheet& sheet, Store& store, Queue& queue, const std::string& topic);

}  // namespace vote
