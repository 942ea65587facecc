#include "fault/simulation/run.h"

#include <sodium.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <istream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "simulated/chance.h"

namespace vote::simulated {
namespace {

using Steady = std::chrono::steady_clock;

/// What libsodium draws, and so every id and every back-off of the product.
thread_local Chance drawn(0);

std::uint32_t draw_number() {
  return static_cast<std::uint32_t>(drawn.draw());
}
void draw_bytes(void* bytes, std::size_t size) {
  drawn.fill({static_cast<std::uint8_t*>(bytes), size});
}
const char* name_of_source() {
  return "seed";
}
randombytes_implementation source = {name_of_source, draw_number, nullptr,
                                     nullptr,        draw_bytes,  nullptr};

void add(Totals& totals, std::uint64_t seed, Outcome outcome) {
  ++totals.worlds;
  totals.requests += outcome.requests;
  totals.tries += outcome.tries;
  totals.superseded += outcome.superseded;
  totals.marks_kept += outcome.marks_kept ? 1 : 0;
  totals.requests_min = std::min(totals.requests_min, outcome.requests);
  totals.faults_min = std::min(totals.faults_min, outcome.faults);
  if (!outcome.wrong.empty()) totals.failures.push_back({seed, std::move(outcome.wrong)});
}

std::string as_text(const Totals& totals) {
  std::ostringstream text;
  text << totals.worlds << ' ' << totals.requests << ' ' << totals.tries << ' ' << totals.superseded
       << ' ' << totals.marks_kept << ' ' << totals.requests_min << ' ' << totals.faults_min;
  for (const std::uint64_t count : totals.counts) text << ' ' << count;
  text << '\n';
  for (const Failure& failure : totals.failures)
    for (const std::string& wrong : failure.wrong) text << failure.seed << ' ' << wrong << '\n';
  return text.str();
}

void add_text(Totals& totals, std::istream& text) {
  Totals part;
  text >> part.worlds >> part.requests >> part.tries >> part.superseded >> part.marks_kept >>
      part.requests_min >> part.faults_min;
  for (std::uint64_t& count : part.counts) text >> count;
  if (!text) throw std::runtime_error("a process of the run died");
  totals.worlds += part.worlds;
  totals.requests += part.requests;
  totals.tries += part.tries;
  totals.superseded += part.superseded;
  totals.marks_kept += part.marks_kept;
  totals.requests_min = std::min(totals.requests_min, part.requests_min);
  totals.faults_min = std::min(totals.faults_min, part.faults_min);
  for (std::size_t kind = 0; kind < kKinds; ++kind) totals.counts[kind] += part.counts[kind];
  std::uint64_t seed = 0;
  for (std::string wrong; text >> seed && std::getline(text >> std::ws, wrong);) {
    auto& failures = totals.failures;
    if (failures.empty() || failures.back().seed != seed) failures.push_back({seed, {}});
    failures.back().wrong.push_back(wrong);
  }
}

/// Every `processes`-th seed from this one on.
Totals run_share(const Wishes& wishes, unsigned share) {
  Totals totals;
  Stacks stacks;
  const auto end = Steady::now() + std::chrono::minutes(wishes.minutes.value_or(0));
  for (std::uint64_t n = share; totals.failures.size() < kFailuresMax; n += wishes.processes) {
    if (wishes.minutes ? Steady::now() >= end : n >= wishes.seeds) break;
    const std::uint64_t seed = wishes.first + n;
    add(totals, seed, run_alone(seed, stacks, totals.counts, false));
  }
  return totals;
}

/// Its end of a pipe.
int begin_share(const Wishes& wishes, unsigned share) {
  int ends[2] = {-1, -1};
  if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("no process");
  if (child > 0) {
    ::close(ends[1]);
    return ends[0];
  }
  const std::string text = as_text(run_share(wishes, share));
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t written = ::write(ends[1], text.data() + at, text.size() - at);
    if (written <= 0) ::_exit(1);
    at += static_cast<std::size_t>(written);
  }
  ::_exit(0);
}

}  // namespace

Outcome run_alone(std::uint64_t seed, Stacks& stacks, Counts& counts, bool traces) {
  randombytes_set_implementation(&source);
  Outcome outcome;
  // The product keeps random bytes for each thread.
  std::thread([&] {
    drawn = Chance(~seed);
    outcome = run_world(seed, stacks, counts, traces);
  }).join();
  return outcome;
}

Totals run_many(const Wishes& wishes) {
  std::vector<int> ends;
  for (unsigned share = 0; share < wishes.processes; ++share)
    ends.push_back(begin_share(wishes, share));
  Totals totals;
  for (const int end : ends) {
    std::string text;
    char some[4096];
    for (ssize_t got = 0; (got = ::read(end, some, sizeof some)) > 0;)
      text.append(some, static_cast<std::size_t>(got));
    ::close(end);
    ::wait(nullptr);
    std::istringstream stream(text);
    add_text(totals, stream);
  }
  std::sort(totals.failures.begin(), totals.failures.end(),
            [](const Failure& one, const Failure& other) { return one.seed < other.seed; });
  return totals;
}

}  // namespace vote::simulated
