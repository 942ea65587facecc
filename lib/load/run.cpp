#include "load/run.h"

#include <unistd.h>

#include <iostream>
#include <memory>
#include <random>

#include "client/client.h"
#include "load/plan.h"
#include "load/poll.h"
#include "runtime/random.h"

namespace vote::load {
namespace {

constexpr std::string_view kEraseLine = "\r\x1b[K";

Mix mix_of(const Wishes& wishes) {
  try {
    return parse_mix(wishes.mix);
  } catch (const std::invalid_argument& error) {
    throw UsageError("--mix is '" + wishes.mix + "': " + error.what());
  }
}

std::vector<Target> targets_of(const Wishes& wishes, const std::string& url, const Mix& mix,
                               const Tokens* tokens, const Clock& clock, Duration lifetime) {
  std::vector<Target> targets;
  if (!mix.needs_poll() && wishes.watchers == 0) return targets;
  client::Client client(url);
  for (const std::string& text : wishes.polls) {
    const auto poll = PollId::parse(text);
    if (!poll) throw UsageError("--poll is '" + text + "', which is no id of a poll");
    targets.push_back(find_poll(client, *poll));
  }
  const NewPoll wanted{wishes.options, wishes.choices, mix.changes(), lifetime};
  if (targets.empty())
    for (unsigned i = 0; i < wishes.new_polls; ++i)
      targets.push_back(create_poll(client, *tokens, clock, wanted));
  return targets;
}

Watcher progress() {
  if (isatty(STDERR_FILENO) != 1) return nullptr;
  return [](const Tally& tally, Duration elapsed) {
    std::cerr << kEraseLine << progress_line(tally, elapsed) << std::flush;
  };
}

std::unique_ptr<Journal> new_journal(const std::string& path, JournalHeader header, Time now) {
  if (path.empty()) return nullptr;
  header.started_at = now;
  auto journal = std::make_unique<Journal>(path, Journal::Open::as_new);
  journal->write(line_of(header));
  return journal;
}

}  // namespace

RunReport run(const Wishes& wishes, const Config& config, const Clock& clock) {
  const Pace pace = pace_of(wishes);
  const Mix mix = mix_of(wishes);
  const std::vector<std::string> urls = urls_of(wishes, config);
  const std::vector<Endpoint> endpoints(urls.begin(), urls.end());
  const Duration lifetime = pace.length + kSpareLifetime;
  std::optional<Tokens> tokens;
  if (mix.votes() || ((mix.needs_poll() || wishes.watchers > 0) && wishes.polls.empty()))
    tokens.emplace(tokens_of(wishes, config));
  const Tokens* const signing = tokens ? &*tokens : nullptr;
  Wanted wanted{mix, targets_of(wishes, urls.front(), mix, signing, clock, lifetime), wishes.voters,
                wishes.seeded ? wishes.seed : std::random_device{}(), clock.now() + lifetime};

  RunReport report;
  report.description = {urls.front(),
                        wishes.mix,
                        "",
                        wishes.rate,
                        wishes.burst,
                        pace.length,
                        wishes.connections,
                        wishes.pipeline,
                        wanted.seed,
                        wishes.journal,
                        {}};
  if (!wanted.polls.empty()) report.description.poll = wanted.polls.front().poll.text();
  const JournalHeader header{fresh_uuid(clock), {}, urls, wanted.seed, wanted.polls};
  Workload workload(std::move(wanted), signing, clock);
  std::optional<Watchers> watchers;
  if (wishes.watchers > 0) watchers.emplace(endpoints, workload.polls(), wishes.watchers);
  const auto journal = new_journal(wishes.journal, header, clock.now());
  Plan plan(workload, pace.schedule ? &*pace.schedule : nullptr, journal.get());
  if (watchers) watchers->begin(journal.get());
  report.tally = drive(endpoints, plan, pace, progress());
  if (watchers) report.watched = watchers->finish();
  plan.finish(std::max(report.tally.elapsed, pace.length));
  report.description.waited = plan.waited();
  if (isatty(STDERR_FILENO) == 1) std::cerr << kEraseLine << std::flush;
  return report;
}

ExitCode exit_code_of(const RunReport& report) {
  const Tally& tally = report.tally;
  const unsigned lost = report.watched ? report.watched->lost : 0;
  if (tally.no_answer + tally.unsent + tally.between(500, kStatusEnd) + lost > 0)
    return ExitCode::unavailable;
  if (tally.between(400, 500) > tally.by_status[409]) return ExitCode::refused;
  const bool open_loop = report.description.rate != "max";
  return open_loop && report.description.waited > kWaitedMax ? ExitCode::failed : ExitCode::ok;
}

}  // namespace vote::load
