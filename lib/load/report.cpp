#include "load/report.h"

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

namespace vote::load {
namespace {

constexpr std::array<std::pair<const char*, double>, 4> kPercentiles = {
    {{"p50", 50}, {"p90", 90}, {"p99", 99}, {"p99.9", 99.9}}};

double milliseconds(Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}
double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

template <class... Values>
std::string formatted(const char* format, Values... values) {
  std::array<char, 256> text{};
  std::snprintf(text.data(), text.size(), format, values...);
  return text.data();
}

std::string row(const char* name, std::uint64_t count) {
  return formatted("%-12s%12llu\n", name, static_cast<unsigned long long>(count));
}

std::string counts(const Tally& tally) {
  const auto& status = tally.by_status;
  const std::uint64_t conflicts = status[409];
  const std::uint64_t server_errors = tally.between(500, kStatusEnd);
  const std::uint64_t client_errors = tally.between(400, 500) - conflicts;
  const std::uint64_t good = status[200] + status[201] + status[202];
  const std::uint64_t other = tally.answered() - good - conflicts - client_errors - server_errors;
  return row("sent", tally.sent) + row("200", status[200]) + row("201", status[201]) +
         row("202", status[202]) + row("409", conflicts) + row("other 4xx", client_errors) +
         row("5xx", server_errors) + row("other", other) + row("no answer", tally.no_answer) +
         row("not sent", tally.unsent);
}

}  // namespace

std::string report_for_people(const Description& description, const Tally& tally) {
  std::string text = description.mix + " to " + description.url;
  if (!description.poll.empty()) text += ", poll " + description.poll;
  text += description.rate == "max" ? ", every connection busy" : ", " + description.rate + "/s";
  if (!description.burst.empty()) text += ", bursts of " + description.burst;
  text += " for " + to_text(description.length) + ", " + std::to_string(description.connections) +
          " connections, seed " + std::to_string(description.seed) + "\n" + counts(tally);
  text += formatted("%-12s%12.1f answers/s, the last after %.2f s\n", "rate", tally.rate(),
                    seconds(tally.elapsed));
  text += "latency from when a request was due, in ms\n";
  for (const auto& [name, percent] : kPercentiles)
    text += formatted("%-12s%12.3f\n", name, milliseconds(tally.latency.percentile(percent)));
  text += formatted("%-12s%12.3f\n", "max", milliseconds(tally.latency.max()));
  if (tally.ran_out) text += "every voter had voted in every poll before the time was over\n";
  if (description.waited > Duration(0))
    text += formatted("%-12s%12.3f s for the load generator itself: its journal or its requests\n",
                      "waited", seconds(description.waited));
  return text;
}

nlohmann::ordered_json report_as_json(const Description& description, const Tally& tally) {
  nlohmann::ordered_json statuses = nlohmann::ordered_json::object();
  for (unsigned status = 0; status < kStatusEnd; ++status)
    if (tally.by_status[status] > 0) statuses[std::to_string(status)] = tally.by_status[status];
  nlohmann::ordered_json latency;
  for (const auto& [name, percent] : kPercentiles)
    latency[name] = milliseconds(tally.latency.percentile(percent));
  latency["max"] = milliseconds(tally.latency.max());
  latency["mean"] = milliseconds(tally.latency.mean());
  return {{"url", description.url},
          {"mix", description.mix},
          {"poll_id", description.poll},
          {"rate", description.rate},
          {"burst", description.burst},
          {"length_s", seconds(description.length)},
          {"connections", description.connections},
          {"pipeline", description.pipeline},
          {"seed", description.seed},
          {"journal", description.journal},
          {"sent", tally.sent},
          {"statuses", statuses},
          {"no_answer", tally.no_answer},
          {"not_sent", tally.unsent},
          {"ran_out", tally.ran_out},
          {"elapsed_s", seconds(tally.elapsed)},
          {"per_second", tally.rate()},
          {"cpu_s", seconds(tally.cpu)},
          {"waited_s", seconds(description.waited)},
          {"latency_ms", latency}};
}

std::string watched_for_people(const Watched& watched) {
  const auto behind = [&](double percent) {
    return milliseconds(watched.behind.percentile(percent));
  };
  return formatted(
      "%-12s%12u, shown %llu pages, %u lost; behind the first p50 %.3f ms, p99 %.3f ms, max %.3f "
      "ms\n",
      "watchers", watched.watchers, static_cast<unsigned long long>(watched.pages), watched.lost,
      behind(50), behind(99), milliseconds(watched.behind.max()));
}

nlohmann::ordered_json watched_as_json(const Watched& watched) {
  nlohmann::ordered_json behind;
  for (const auto& [name, percent] : kPercentiles)
    behind[name] = milliseconds(watched.behind.percentile(percent));
  behind["max"] = milliseconds(watched.behind.max());
  return {{"count", watched.watchers},
          {"pages", watched.pages},
          {"lost", watched.lost},
          {"behind_first_ms", behind}};
}

std::string progress_line(const Tally& tally, Duration elapsed) {
  const double passed = seconds(elapsed);
  const double rate = passed > 0 ? static_cast<double>(tally.answered()) / passed : 0;
  return formatted("%6.1f s  sent %llu  answered %llu (%.0f/s)  p99 %.1f ms  no answer %llu",
                   passed, static_cast<unsigned long long>(tally.sent),
                   static_cast<unsigned long long>(tally.answered()), rate,
                   milliseconds(tally.latency.percentile(99)),
                   static_cast<unsigned long long>(tally.no_answer));
}

}  // namespace vote::load
