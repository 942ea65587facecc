#pragma once
// Writes down what the API counts of itself (metrics/catalogue.h). Asks nobody: it may run on any
// thread, also one that answers requests.
#include "guard/limits.h"
#include "http/tally.h"
#include "ingest/ballots.h"
#include "ingest/poll_copies.h"
#include "metrics/registry.h"
#include "runtime/stop.h"

namespace vote::api {

void write_metrics(metrics::Sheet& sheet, const http::ServerTotals& totals);
void write_metrics(metrics::Sheet& sheet, const CastTotals& totals);
void write_metrics(metrics::Sheet& sheet, const Limits& limits);
/// Whether it is ready, and where votes go now.
void write_mode(metrics::Sheet& sheet, const PollCopies& polls, const Ballots& ballots,
                const Cache& cache, const Stop& stop);

}  // namespace vote::api
