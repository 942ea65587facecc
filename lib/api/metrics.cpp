#include "api/metrics.h"

namespace vote::api {
namespace {

double truth(bool value) {
  return value ? 1 : 0;
}

}  // namespace

void write_metrics(metrics::Sheet& sheet, const http::ServerTotals& totals) {
  for (const http::RouteTotals& route : totals.routes) {
    for (const auto& [status, count] : route.by_status)
      sheet.add(
          metrics::kHttpRequests, static_cast<double>(count),
          {{"method", route.method}, {"route", route.pattern}, {"status", std::to_string(status)}});
    if (route.by_status.empty()) continue;
    sheet.add(metrics::kHttpDuration, route.took,
              {{"method", route.method}, {"route", route.pattern}});
  }
  for (const auto& [code, count] : totals.problems)
    sheet.add(metrics::kHttpErrors, static_cast<double>(count), {{"code", std::string(code)}});
  sheet.add(metrics::kHttpConnections, static_cast<double>(totals.connections));
  sheet.add(metrics::kHttpTurnedAway, static_cast<double>(totals.turned_away));
  sheet.add(metrics::kWatchers, static_cast<double>(totals.watchers));
}

void write_metrics(metrics::Sheet& sheet, const CastTotals& totals) {
  const std::pair<const char*, const metrics::Counter&> outcomes[] = {
      {"queued", totals.queued},     {"recorded", totals.recorded},
      {"repeated", totals.repeated}, {"duplicate", totals.duplicate},
      {"refused", totals.refused},   {"unavailable", totals.unavailable}};
  for (const auto& [outcome, count] : outcomes)
    sheet.add(metrics::kCasts, count, {{"outcome", outcome}});
  constexpr std::array<const char*, 4> kFound{"none", "pending", "queued", "confirmed"};
  for (std::size_t state = 0; state < kFound.size(); ++state)
    sheet.add(metrics::kMarks, totals.marks.at(state), {{"found", kFound.at(state)}});
  sheet.add(metrics::kAppendDuration, totals.append_took);
  sheet.add(metrics::kAppendFailures, totals.append_failures);
  sheet.add(metrics::kRecordDuration, totals.record_took);
}

void write_metrics(metrics::Sheet& sheet, const Limits& limits) {
  for (std::size_t quota = 0; quota < kQuotas; ++quota)
    sheet.add(metrics::kLimitRefusals, limits.refusals().at(quota),
              {{"limit", std::string(name_of_limit(static_cast<Quota>(quota)))}});
}

void write_mode(metrics::Sheet& sheet, const PollCopies& polls, const Ballots& ballots,
                const Cache& cache, const Stop& stop) {
  const AcceptMode now = ballots.mode();
  sheet.add(metrics::kReady, truth(now != AcceptMode::none && !stop.requested()));
  sheet.add(metrics::kPartUp, truth(polls.store_answers()), {{"part", "store"}});
  sheet.add(metrics::kPartUp, truth(ballots.queue_answers()), {{"part", "queue"}});
  sheet.add(metrics::kPartUp, truth(cache.reachable()), {{"part", "cache"}});
  for (const AcceptMode mode : {AcceptMode::queue, AcceptMode::store, AcceptMode::none})
    sheet.add(metrics::kMode, truth(mode == now), {{"mode", std::string(name(mode))}});
}

}  // namespace vote::api
