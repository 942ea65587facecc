// vote-worker: records what the queue holds, or votes from lines, into the store.
#include <iostream>

#include "log/log.h"
#include "process/input.h"
#include "process/metrics.h"
#include "process/worker.h"
#include "program/backend/backend.h"
#include "program/input.h"
#include "program/metrics_endpoint.h"
#include "program/program.h"

namespace {

using namespace vote;

struct Wishes {
  bool once = false;
  std::string input;  // empty: the queue
};

ExitCode record_queue(program::Environment& environment, Store& store, Queue& queue, Cache& cache,
                      const Clock& clock, bool once) {
  const Config& config = environment.config;
  Worker worker(store, queue, cache, clock,
                {queue.topic(), config.worker.batch_size, config.worker.batch_wait,
                 config.worker.max_retries});
  const auto write = [&](metrics::Sheet& sheet) {
    write_metrics(sheet, worker, clock);
    write_backlog(sheet, store, queue, queue.topic());
  };
  const program::MetricsEndpoint endpoint(once ? Config::Metrics() : config.metrics,
                                          environment.program, write);
  environment.ready();
  try {
    worker.run(environment.stop, once);
  } catch (const PositionLost& lost) {
    throw program::StorageError(lost.what());
  }
  const WorkerTotals& totals = worker.totals();
  log::info("totals", {{"taken", totals.taken.value()},
                       {"recorded", totals.recorded.value()},
                       {"copies", totals.copies.value()},
                       {"superseded", totals.superseded.value()},
                       {"retried", totals.retried.value()},
                       {"dead_letters", totals.dead_letters.value()}});
  return ExitCode::ok;
}

ExitCode record_input(program::Environment& environment, Store& store, Cache& cache,
                      const std::string& path) {
  program::Input input(path, environment.stop);
  environment.ready();
  const InputTotals totals = record_lines(input.stream(), std::cout, store, cache,
                                          environment.config.worker.batch_size, environment.stop);
  log::info("totals", {{"lines", totals.lines},
                       {"recorded", totals.recorded},
                       {"copies", totals.copies},
                       {"refused", totals.refused},
                       {"stopped", environment.stop.requested()}});
  if (!std::cout) throw std::runtime_error("cannot write the report of refused lines to stdout");
  return totals.refused > 0 ? ExitCode::refused : ExitCode::ok;
}

ExitCode work(program::Environment& environment, const Wishes& wishes) {
  const SystemClock clock;
  program::migrate_empty(environment.config);
  const auto store = program::open_store(environment.config, clock);
  const auto cache = program::open_cache(environment.config, clock);
  if (!wishes.input.empty()) return record_input(environment, *store, *cache, wishes.input);
  const auto queue = program::open_queue(environment.config, clock);
  if (queue->topic().empty())
    throw ConfigError(
        "queue.url names no queue, so there is nothing for vote-worker to read: vote-api records "
        "the votes itself; --input records votes from lines");
  return record_queue(environment, *store, *queue, *cache, clock, wishes.once);
}

}  // namespace

int main(int argc, char** argv) {
  Wishes wishes;
  program::Program program{.name = "vote-worker",
                           .summary = "records the votes of the queue, or of lines, in the store",
                           .daemon = true};
  program.add_flags = [&wishes](CLI::App& app) {
    auto* once = app.add_flag("--once", wishes.once, "drain the queue, then exit");
    app.add_option("--input", wishes.input,
                   "votes as NDJSON, a line each, instead of the queue (- is stdin); what is "
                   "refused is reported on stdout")
        ->type_name("FILE")
        ->excludes(once);
  };
  program.run = [&wishes](program::Environment& environment) { return work(environment, wishes); };
  return program::run_program(program, argc, argv);
}
