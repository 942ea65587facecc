#include "load/wishes.h"

#include <charconv>
#include <cstdlib>
#include <functional>
#include <string_view>

#include "load/watchers.h"

namespace vote::load {
namespace {

constexpr std::string_view kRampDots = "..";

std::optional<double> number_of(std::string_view text) {
  double number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

Rate parse_rate(const std::string& text) {
  const auto dots = text.find(kRampDots);
  const auto from = number_of(std::string_view(text).substr(0, dots));
  const auto to = dots == std::string::npos
                      ? from
                      : number_of(std::string_view(text).substr(dots + kRampDots.size()));
  if (!from || !to)
    throw UsageError("--rate is '" + text +
                     "': give requests a second, FROM..TO for a ramp, or max");
  return {*from, *to};
}

std::optional<Burst> parse_burst(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto first = text.find(':');
  const auto second = first == std::string::npos ? first : text.find(':', first + 1);
  if (second != std::string::npos) {
    const auto rate = number_of(std::string_view(text).substr(0, first));
    const auto every = parse_duration(text.substr(first + 1, second - first - 1));
    const auto length = parse_duration(text.substr(second + 1));
    if (rate && every && length) return Burst{*rate, *every, *length};
  }
  throw UsageError("--burst is '" + text +
                   "': give RATE:EVERY:FOR, like 20000:10s:500ms for half a second every ten");
}

Duration positive(const char* flag, const std::string& text) {
  const auto length = parse_duration(text);
  if (!length || *length <= Duration(0) || *length > kLengthMax)
    throw UsageError(std::string(flag) + " is '" + text +
                     "': give a time up to 24 hours, like 500ms, 30s or 2min");
  return *length;
}

void add_target_flags(Wishes& wishes, CLI::App& app) {
  app.add_option("--url", wishes.urls,
                 "where a vote-api is, http only, several times for several; else VOTE_URL, else "
                 "where [api] listens")
      ->expected(1, static_cast<int>(kUrlsMax));
  app.add_option("--secret-file", wishes.secret_file,
                 "the secret that signs the voters' tokens; else [auth] secret_file");
  app.add_option("--poll", wishes.polls, "a poll to vote in, several times for several")
      ->expected(1, static_cast<int>(kPollsMax));
  app.add_option("--polls", wishes.new_polls, "without --poll: so many are created")
      ->check(CLI::Range(1U, kPollsMax))
      ->capture_default_str();
  app.add_option("--options", wishes.options, "options of a poll that is created")
      ->check(CLI::Range(2U, 100U))
      ->capture_default_str();
  app.add_option("--choices", wishes.choices,
                 "options that a ballot names at most, in a poll that is created")
      ->check(CLI::Range(1U, 100U))
      ->capture_default_str();
  app.add_option("--voters", wishes.voters,
                 "so many voters, who vote once in each poll; 0: as many as it takes")
      ->capture_default_str();
}

void add_load_flags(Wishes& wishes, CLI::App& app) {
  app.add_option("--mix", wishes.mix,
                 "what is sent, in parts: votes=80,retries=10,seconds=5,changes=3,revocations=1,"
                 "reads=1,health=0; a name alone is all. retries send a recent vote again, seconds "
                 "another vote of a recent voter; health is GET /healthz")
      ->capture_default_str();
  app.add_option("--rate", wishes.rate,
                 "requests a second, due whether or not earlier ones were answered; FROM..TO: a "
                 "ramp; max: every connection always busy")
      ->capture_default_str();
  app.add_option("--burst", wishes.burst,
                 "RATE:EVERY:FOR, like 20000:10s:500ms: every 10 s that rate for half a second");
  app.add_option("--for", wishes.length, "how long, like 500ms, 30s, 2min")->capture_default_str();
  app.add_option("--connections", wishes.connections, "kept connections")
      ->check(CLI::Range(1U, kConnectionsMax))
      ->capture_default_str();
  app.add_option("--pipeline", wishes.pipeline,
                 "requests in flight on one connection; the server answers them in order")
      ->check(CLI::Range(1U, kPipelineMax))
      ->capture_default_str();
  app.add_option(
         "--watchers", wishes.watchers,
         "connections beside those that watch results as they change, dealt out to the polls")
      ->check(CLI::Range(0U, kWatchersMax))
      ->capture_default_str();
  app.add_option_function<std::uint64_t>(
      "--seed",
      [&wishes](std::uint64_t seed) {
        wishes.seed = seed;
        wishes.seeded = true;
      },
      "of the choice of kinds, polls and options; the same seed sends the same sequence");
}

void add_judge_flags(Wishes& wishes, CLI::App& app) {
  app.add_option("--journal", wishes.journal,
                 "a new file for what is sent and answered, NDJSON; for --verify and --replay");
  wishes.verify = app.add_option("--verify", wishes.verified,
                                 "judge these journals against the store and the API, and send "
                                 "nothing; without a name: the journal of this run, after it")
                      ->expected(0, static_cast<int>(kJournalsMax));
  app.add_option("--replay", wishes.replay,
                 "send again what has no answer in this journal, add the answers to it, judge");
  app.add_option("--wait", wishes.wait,
                 "how long the judge waits for the workers to process what the queue holds")
      ->capture_default_str();
  app.add_flag("--json", wishes.json, "reports as one JSON object");
}

}  // namespace

void Wishes::add_to(CLI::App& app) {
  add_target_flags(*this, app);
  add_load_flags(*this, app);
  add_judge_flags(*this, app);
}

/// Without a name the flag has one that is empty (CLI11).
std::vector<std::string> Wishes::journals() const {
  std::vector<std::string> named = verified;
  std::erase(named, "");
  return named;
}

std::vector<std::string> urls_of(const Wishes& wishes, const Config& config) {
  std::vector<std::string> urls = wishes.urls;
  const char* variable = std::getenv("VOTE_URL");
  if (urls.empty() && variable != nullptr) urls = {variable};
  if (urls.empty()) urls = {"http://" + config.api.listen};
  for (std::string& url : urls)
    while (url.ends_with('/')) url.pop_back();
  return urls;
}

Pace pace_of(const Wishes& wishes) {
  Pace pace;
  pace.length = positive("--for", wishes.length);
  pace.connections = wishes.connections;
  pace.pipeline = wishes.pipeline;
  const auto burst = parse_burst(wishes.burst);
  if (wishes.choices > wishes.options)
    throw UsageError("--choices is " + std::to_string(wishes.choices) + ", of " +
                     std::to_string(wishes.options) + " options (--options)");
  if (wishes.rate == "max") {
    if (burst) throw UsageError("--burst has no meaning with --rate max");
    return pace;
  }
  const Rate rate = parse_rate(wishes.rate);
  try {
    pace.schedule.emplace(rate, pace.length, burst);
  } catch (const std::invalid_argument& error) {
    throw UsageError("--rate is '" + wishes.rate + "', --for '" + wishes.length + "'" +
                     (burst ? ", --burst '" + wishes.burst + "'" : "") + ": " + error.what());
  }
  return pace;
}

Duration wait_of(const Wishes& wishes) {
  return positive("--wait", wishes.wait);
}

Tokens tokens_of(const Wishes& wishes, const Config& config) {
  try {
    return Tokens(read_secret_file(wishes.secret_file.empty() ? config.auth.secret_file
                                                              : wishes.secret_file));
  } catch (const std::exception& error) {
    throw ConfigError(std::string(error.what()) + " (--secret-file)");
  }
}

}  // namespace vote::load
