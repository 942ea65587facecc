// vote-reconcile: closes polls that are due, recounts, repairs, makes results final; once, as cron
// runs it, or every so often.
#include <iostream>

#include "log/log.h"
#include "process/metrics.h"
#include "program/backend/backend.h"
#include "program/metrics_endpoint.h"
#include "program/program.h"
#include "reconcile/reconcile.h"

namespace {

using namespace vote;

constexpr Duration kEveryMin = std::chrono::milliseconds(100);

struct Wishes {
  bool once = false;
  Duration every = std::chrono::seconds(10);
  bool dry_run = false;
  bool json = false;
  PollSelection polls;
};

template <class T>
T parsed(const std::optional<T>& value, const std::string& flag, const std::string& wanted) {
  if (!value) throw CLI::ValidationError(flag, "must be " + wanted);
  return *value;
}

void add_flags(CLI::App& app, Wishes& wishes) {
  auto* once = app.add_flag("--once", wishes.once, "one pass, one line of summary, then exit");
  app.add_option_function<std::string>(
         "--every",
         [&wishes](const std::string& text) {
           wishes.every = std::max(
               kEveryMin, parsed(parse_duration(text), "--every", "a time such as 10s or 1min"));
         },
         "how often, as a daemon (10s)")
      ->type_name("DURATION")
      ->excludes(once);
  app.add_flag("--dry-run", wishes.dry_run, "say what differs and change nothing");
  auto* all = app.add_flag("--all", wishes.polls.also_final,
                           "look at final polls too, which are never repaired");
  app.add_option_function<std::string>(
         "--poll",
         [&wishes](const std::string& text) {
           wishes.polls.poll = parsed(PollId::parse(text), "--poll", "the id of a poll");
         },
         "this poll only")
      ->type_name("ID")
      ->excludes(all);
  app.add_flag("--json", wishes.json, "the summary as one JSON object")->needs(once);
}

ExitCode reconcile_once(Reconcile& reconcile, const Wishes& wishes, const Stop& stop) {
  const auto summary = reconcile.pass(wishes.polls, stop);
  if (!summary) {
    log::error("not_reconciled", {{"reason", for_operator(summary.error())}});
    return summary.error().code == Code::not_found ? ExitCode::not_found : ExitCode::unavailable;
  }
  std::cout << (wishes.json ? to_json(*summary) : to_line(*summary)) << std::endl;
  if (!std::cout) throw std::runtime_error("cannot write the summary to stdout");
  return exit_code(*summary);
}

ExitCode run(program::Environment& environment, const Wishes& wishes) {
  const SystemClock clock;
  const Config& config = environment.config;
  program::migrate_empty(config);
  const auto store = program::open_store(config, clock);
  const auto queue = program::open_queue(config, clock);
  const auto cache = program::open_cache(config, clock);
  Reconcile reconcile(*store, *queue, *cache, clock, {wishes.dry_run});
  const auto write = [&](metrics::Sheet& sheet) {
    reconcile.totals().write(sheet);
    write_backlog(sheet, *store, *queue, queue->topic());
  };
  const program::MetricsEndpoint endpoint(wishes.once ? Config::Metrics() : config.metrics,
                                          environment.program, write);
  environment.ready();
  if (wishes.once) return reconcile_once(reconcile, wishes, environment.stop);
  reconcile.run(wishes.polls, wishes.every, environment.stop);
  return ExitCode::ok;
}

}  // namespace

int main(int argc, char** argv) {
  Wishes wishes;
  program::Program program{.name = "vote-reconcile",
                           .summary = "closes polls, recounts, repairs, makes results final",
                           .daemon = true};
  program.add_flags = [&wishes](CLI::App& app) { add_flags(app, wishes); };
  program.run = [&wishes](program::Environment& environment) { return run(environment, wishes); };
  return program::run_program(program, argc, argv);
}
