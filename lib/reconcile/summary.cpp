#include "reconcile/summary.h"

#include <nlohmann/json.hpp>

namespace vote {
namespace {

void add_named(std::string& line, const std::string& heading,
               const std::vector<PollNotFinal>& polls) {
  if (polls.empty()) return;
  line += "; " + heading + ' ';
  for (std::size_t i = 0; i < polls.size() && i < kPollsNamedMax; ++i)
    line += (i == 0 ? "" : ", ") + polls[i].poll.text() + " (" + polls[i].reason + ")";
  if (polls.size() > kPollsNamedMax)
    line += " and " + std::to_string(polls.size() - kPollsNamedMax) + " more";
}

nlohmann::ordered_json to_list(const std::vector<PollNotFinal>& polls) {
  auto list = nlohmann::ordered_json::array();
  for (const PollNotFinal& each : polls)
    list.push_back({{"poll_id", each.poll.text()}, {"reason", each.reason}});
  return list;
}

}  // namespace

ExitCode exit_code(const ReconcileSummary& summary) {
  if (summary.unrepaired > 0 || !summary.held.empty()) return ExitCode::unrepaired;
  return summary.repaired > 0 ? ExitCode::repaired : ExitCode::ok;
}

std::string to_line(const ReconcileSummary& summary) {
  const auto number = [](std::uint64_t n) { return std::to_string(n); };
  std::string line = number(summary.polls) + (summary.polls == 1 ? " poll: " : " polls: ") +
                     number(summary.closed) + " closed, " + number(summary.finalised) +
                     " made final, " + number(summary.waiting.size()) + " waiting, " +
                     number(summary.held.size()) +
                     " held back; differences: " + number(summary.repaired) + " repaired, " +
                     number(summary.unrepaired) + " not repaired";
  add_named(line, "waiting:", summary.waiting);
  add_named(line, "held back:", summary.held);
  return line;
}

std::string to_json(const ReconcileSummary& summary) {
  const nlohmann::ordered_json object{
      {"polls", summary.polls},           {"closed", summary.closed},
      {"finalised", summary.finalised},   {"repaired", summary.repaired},
      {"unrepaired", summary.unrepaired}, {"waiting", to_list(summary.waiting)},
      {"held", to_list(summary.held)}};
  return object.dump();
}

}  // namespace vote
