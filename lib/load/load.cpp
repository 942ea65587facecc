#include "load/load.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <iostream>
#include <stdexcept>

#include "account/token.h"
#include "client/client.h"
#include "load/drive.h"
#include "load/poll.h"
#include "load/report.h"

namespace vote::load {
namespace {

constexpr std::string_view kEraseLine = "\r\x1b[K";

/// Flags that say what cannot be.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

std::string url_of(const Wishes& wishes, const Config& config) {
  std::string url = wishes.url;
  const char* variable = std::getenv("VOTE_URL");
  if (url.empty() && variable != nullptr) url = variable;
  if (url.empty()) url = "http://" + config.api.listen;
  while (url.ends_with('/')) url.pop_back();
  return url;
}

Pace pace_of(const Wishes& wishes) {
  Pace pace;
  const auto length = parse_duration(wishes.length);
  if (!length || *length <= Duration(0) || *length > kLengthMax)
    throw UsageError("--for is '" + wishes.length + "': give a time like 500ms, 30s or 2min");
  pace.length = *length;
  pace.connections = wishes.connections;
  pace.pipeline = wishes.pipeline;
  if (wishes.rate == "max") return pace;
  double rate = 0;
  const char* const end = wishes.rate.data() + wishes.rate.size();
  const auto read = std::from_chars(wishes.rate.data(), end, rate);
  if (read.ec != std::errc() || read.ptr != end)
    throw UsageError("--rate is '" + wishes.rate + "': give requests a second, or max");
  try {
    pace.schedule.emplace(rate, pace.length);
  } catch (const std::invalid_argument& error) {
    throw UsageError("--rate is '" + wishes.rate + "', --for '" + wishes.length +
                     "': " + error.what());
  }
  return pace;
}

std::uint64_t votes_of(const Pace& pace) {
  const double seconds = std::chrono::duration<double>(pace.length).count();
  const std::uint64_t votes =
      pace.schedule ? pace.schedule->size()
                    : static_cast<std::uint64_t>(kPreparedVotesPerSecond * seconds) + 1;
  if (votes > kVotesMax)
    throw UsageError("a run of " + std::to_string(votes) + " votes is more than the " +
                     std::to_string(kVotesMax) + " that are prepared: choose a shorter --for");
  return votes;
}

Tokens tokens_of(const Wishes& wishes, const Config& config) {
  try {
    return Tokens(read_secret_file(wishes.secret_file.empty() ? config.auth.secret_file
                                                              : wishes.secret_file));
  } catch (const std::exception& error) {
    throw ConfigError(std::string(error.what()) + " (--secret-file)");
  }
}

Target target_of(const Wishes& wishes, const std::string& url, const Config& config,
                 const Clock& clock, Duration lifetime) {
  client::Client client(url);
  if (wishes.poll.empty()) return create_poll(client, tokens_of(wishes, config), clock, lifetime);
  const auto poll = PollId::parse(wishes.poll);
  if (!poll) throw UsageError("--poll is '" + wishes.poll + "', which is no id of a poll");
  return find_poll(client, *poll);
}

Watcher progress() {
  if (isatty(STDERR_FILENO) != 1) return nullptr;
  return [](const Tally& tally, Duration elapsed) {
    std::cerr << kEraseLine << progress_line(tally, elapsed) << std::flush;
  };
}

ExitCode exit_code_of(const Tally& tally) {
  if (tally.no_answer + tally.unsent + tally.between(500, kStatusEnd) > 0)
    return ExitCode::unavailable;
  return tally.between(400, 500) > tally.by_status[409] ? ExitCode::refused : ExitCode::ok;
}

Tally prepare_and_drive(const Wishes& wishes, const Config& config, const Clock& clock,
                        const Pace& pace, Description& description) {
  const Endpoint endpoint(description.url);
  if (wishes.kind == "health") {
    RepeatedGet health(endpoint, "/healthz");
    return drive(endpoint, health, pace, progress());
  }
  const Duration lifetime = pace.length + kSpareLifetime;
  const std::uint64_t votes = wishes.kind == "votes" ? votes_of(pace) : 0;
  const Target target = target_of(wishes, description.url, config, clock, lifetime);
  description.poll = target.poll.text();
  if (votes == 0) {
    RepeatedGet results(endpoint, "/v1/polls/" + description.poll + "/results");
    return drive(endpoint, results, pace, progress());
  }
  FreshVotes fresh(endpoint, target, tokens_of(wishes, config), clock, votes, lifetime);
  return drive(endpoint, fresh, pace, progress());
}

ExitCode run_and_report(const Wishes& wishes, const Config& config, const Clock& clock) {
  const Pace pace = pace_of(wishes);
  Description description{url_of(wishes, config), wishes.kind,    "", wishes.rate, pace.length,
                          wishes.connections,     wishes.pipeline};
  const Tally tally = prepare_and_drive(wishes, config, clock, pace, description);
  if (isatty(STDERR_FILENO) == 1) std::cerr << kEraseLine << std::flush;
  std::cout << (wishes.json ? report_as_json(description, tally)
                            : report_for_people(description, tally))
            << std::flush;
  return exit_code_of(tally);
}

ExitCode complain(ExitCode code, const std::exception& error) {
  std::cerr << "vote-loadgen: " << error.what() << '\n';
  return code;
}

}  // namespace

void Load::add_to(CLI::App& app) {
  app.add_option("--url", wishes_.url,
                 "where vote-api is, http only; else VOTE_URL, else where [api] listens");
  app.add_option("--secret-file", wishes_.secret_file,
                 "the secret that signs the voters' tokens; else [auth] secret_file");
  app.add_option("--poll", wishes_.poll, "the poll to vote in; one is created unless given");
  app.add_option("--kind", wishes_.kind,
                 "what is sent: votes (a fresh voter each), reads of results, or of /healthz")
      ->check(CLI::IsMember({"votes", "results", "health"}))
      ->capture_default_str();
  app.add_option("--rate", wishes_.rate,
                 "requests a second, due whether or not earlier ones were answered; or max: every "
                 "connection always busy")
      ->capture_default_str();
  app.add_option("--for", wishes_.length, "how long, like 500ms, 30s, 2min")->capture_default_str();
  app.add_option("--connections", wishes_.connections, "kept connections")
      ->check(CLI::Range(1U, kConnectionsMax))
      ->capture_default_str();
  app.add_option("--pipeline", wishes_.pipeline,
                 "requests in flight on one connection; the server answers them in order")
      ->check(CLI::Range(1U, kPipelineMax))
      ->capture_default_str();
  app.add_flag("--json", wishes_.json, "the report as one JSON object");
}

ExitCode Load::run(const Config& config, const Clock& clock) {
  try {
    return run_and_report(wishes_, config, clock);
  } catch (const UsageError& error) {
    return complain(ExitCode::usage, error);
  } catch (const EndpointError& error) {
    return complain(ExitCode::unavailable, error);
  } catch (const client::ClientError& error) {
    return complain(ExitCode::unavailable, error);
  } catch (const PollError& error) {
    return complain(ExitCode::refused, error);
  }
}

}  // namespace vote::load
