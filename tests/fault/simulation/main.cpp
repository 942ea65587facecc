// fault_simulation: the product's own parts in simulated worlds, one a seed.
//
//   fault_simulation --seeds N [--first SEED] [--processes P]  so many seeds, from SEED on (1)
//   fault_simulation --minutes M [--first SEED]                as many as there is time for
//   fault_simulation --seed SEED [--trace]                     one again, step by step
//
// A seed may be written as 2:12345, with the version of the schedule that it was drawn by: another
// version's is refused. Exit status: 0 every promise was kept; 1 one was broken, or, of
// kWorldsThatTell worlds or more, a kind of fault came less than kFaultsOfAKindMin times; 2 usage.
#include <CLI/CLI.hpp>
#include <iostream>
#include <string>

#include "fault/simulation/run.h"
#include "log/log.h"

namespace vote::simulated {
namespace {

constexpr std::uint64_t kWorldsThatTell = 1'000;
constexpr std::uint64_t kFaultsOfAKindMin = 100;
constexpr std::uint64_t kRequestsOfAWorldMin = 200;
constexpr std::uint64_t kFaultsOfAWorldMin = 5;

std::uint64_t parsed_seed(const std::string& text) {
  const auto colon = text.find(':');
  if (colon != std::string::npos && text.substr(0, colon) != std::to_string(kScheduleVersion))
    throw CLI::ValidationError("seed " + text + " is of another version of the schedule; this is " +
                               std::to_string(kScheduleVersion));
  const std::string number = colon == std::string::npos ? text : text.substr(colon + 1);
  if (number.empty() || number.find_first_not_of("0123456789") != std::string::npos)
    throw CLI::ValidationError("seed " + text + " is no number, nor version:number");
  return std::stoull(number);
}

std::string written_seed(std::uint64_t seed) {
  return std::to_string(kScheduleVersion) + ":" + std::to_string(seed);
}

int replay(std::uint64_t seed, bool traces) {
  Counts counts{};
  Stacks stacks;
  const Outcome outcome = run_alone(seed, stacks, counts, traces);
  for (std::size_t kind = 0; kind < kKinds; ++kind)
    if (counts[kind] > 0) std::cout << counts[kind] << ' ' << name(static_cast<Kind>(kind)) << '\n';
  std::cout << "seed " << written_seed(seed) << ": " << outcome.requests << " requests, "
            << outcome.tries << " tries, " << outcome.faults << " faults, " << outcome.superseded
            << " superseded, fingerprint " << outcome.fingerprint << '\n';
  for (const std::string& wrong : outcome.wrong) std::cout << "WRONG " << wrong << '\n';
  return outcome.wrong.empty() ? 0 : 1;
}

/// False: the run was too kind to say anything.
bool is_hard_enough(const Totals& totals) {
  bool hard = true;
  const auto miss = [&](const std::string& what) {
    std::cout << "TOO KIND " << what << '\n';
    hard = false;
  };
  if (totals.requests_min < kRequestsOfAWorldMin)
    miss("a world with " + std::to_string(totals.requests_min) + " requests");
  if (totals.faults_min < kFaultsOfAWorldMin)
    miss("a world with " + std::to_string(totals.faults_min) + " faults");
  if (totals.worlds >= kWorldsThatTell && totals.marks_kept < kFaultsOfAKindMin)
    miss(std::to_string(totals.marks_kept) + " worlds that kept all marks");
  for (std::size_t kind = 0; kind < kKinds && totals.worlds >= kWorldsThatTell; ++kind)
    if (totals.counts[kind] < kFaultsOfAKindMin)
      miss(std::string(name(static_cast<Kind>(kind))) + ", " + std::to_string(totals.counts[kind]) +
           " times");
  return hard;
}

int run(const Wishes& wishes) {
  const Totals totals = run_many(wishes);
  for (std::size_t kind = 0; kind < kKinds; ++kind)
    std::cout << totals.counts[kind] << ' ' << name(static_cast<Kind>(kind)) << '\n';
  std::cout << totals.worlds << " worlds, " << totals.requests << " requests, " << totals.tries
            << " tries, " << totals.superseded << " superseded, none of them in the "
            << totals.marks_kept << " worlds that kept all marks, " << totals.failures.size()
            << " worlds with a broken promise\n";
  for (const Failure& failure : totals.failures)
    for (const std::string& wrong : failure.wrong)
      std::cout << "WRONG seed " << written_seed(failure.seed) << ": " << wrong << '\n';
  const bool hard = is_hard_enough(totals);
  return totals.failures.empty() && hard ? 0 : 1;
}

}  // namespace

int simulate(int argc, char** argv) {
  log::open({"simulation", log::Level::off, log::Format::text, ""});
  CLI::App app("the product's own parts in simulated worlds");
  Wishes wishes;
  wishes.processes = 2;
  std::string seed, first;
  std::uint64_t minutes = 0;
  bool traces = false;
  app.add_option("--seeds", wishes.seeds, "how many worlds");
  app.add_option("--minutes", minutes, "worlds for so long");
  app.add_option("--first", first, "the first seed");
  app.add_option("--processes", wishes.processes, "that share the worlds (2)");
  app.add_option("--seed", seed, "this world again");
  app.add_flag("--trace", traces, "what happens in it");
  try {
    app.parse(argc, argv);
    if (!seed.empty()) return replay(parsed_seed(seed), traces);
    if (!first.empty()) wishes.first = parsed_seed(first);
    if (minutes > 0) wishes.minutes = minutes;
    if (minutes == 0 && wishes.seeds == 0)
      throw CLI::ValidationError("--seeds, --minutes or --seed");
    if (wishes.processes == 0) throw CLI::ValidationError("--processes is at least 1");
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return run(wishes);
}

}  // namespace vote::simulated

int main(int argc, char** argv) {
  return vote::simulated::simulate(argc, argv);
}
