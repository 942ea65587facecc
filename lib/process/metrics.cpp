#include "process/metrics.h"

#include <algorithm>

#include "runtime/blocking.h"

namespace vote {
namespace {

std::int64_t waiting_in(const QueueStatus& status, const std::vector<Position>& positions) {
  std::int64_t waiting = 0;
  for (const PartitionStatus& log : status.partitions) {
    const auto known = std::find_if(positions.begin(), positions.end(), [&](const Position& each) {
      return each.partition == log.partition;
    });
    const std::int64_t next = known == positions.end() ? 0 : known->next_offset;
    waiting += std::max<std::int64_t>(log.end_offset - std::max(next, log.first_offset), 0);
  }
  return waiting;
}

void write_totals(metrics::Sheet& sheet, const WorkerTotals& totals) {
  const std::pair<const char*, const metrics::Counter&> outcomes[] = {
      {"recorded", totals.recorded},        {"duplicate", totals.copies},
      {"superseded", totals.superseded},    {"retried", totals.retried},
      {"dead_letter", totals.dead_letters}, {"closing", totals.closings}};
  for (const auto& [outcome, count] : outcomes)
    sheet.add(metrics::kMessages, count, {{"outcome", outcome}});
  for (std::size_t cause = 0; cause < kDeathCauses; ++cause)
    sheet.add(metrics::kDeadLettersMade, totals.deaths.at(cause),
              {{"reason", std::string(name(static_cast<DeathCause>(cause)))}});
  sheet.add(metrics::kBatchMessages, totals.batch_messages);
  sheet.add(metrics::kRecordDuration, totals.record_took);
  sheet.add(metrics::kDelay, totals.delay);
}

}  // namespace

void write_metrics(metrics::Sheet& sheet, const Worker& worker, const Clock& clock) {
  write_totals(sheet, worker.totals());
  const WorkerState state = worker.state();
  sheet.add(metrics::kPartUp, state.store_answers ? 1 : 0, {{"part", "store"}});
  sheet.add(metrics::kPartUp, state.queue_answers ? 1 : 0, {{"part", "queue"}});
  sheet.add(metrics::kPartitions, static_cast<double>(state.partitions));
  const Duration lag = state.oldest ? clock.now() - *state.oldest : Duration(0);
  sheet.add(metrics::kLagSeconds,
            std::chrono::duration<double>(std::max(lag, Duration(0))).count());
}

void write_backlog(metrics::Sheet& sheet, Store& store, Queue& queue, const std::string& topic) {
  const auto status =
      wait_for<Result<QueueStatus>>([&](auto done) { queue.status(std::move(done)); });
  if (!status) return;
  std::int64_t held = 0;
  for (const PartitionStatus& log : status->partitions) held += log.end_offset - log.first_offset;
  sheet.add(metrics::kQueueMessages, static_cast<double>(held));
  sheet.add(metrics::kDeadLetters, static_cast<double>(status->dead_letters));
  const auto positions = wait_for<Result<std::vector<Position>>>(
      [&](auto done) { store.positions(topic, std::move(done)); });
  if (!positions) return;
  sheet.add(metrics::kLagMessages, static_cast<double>(waiting_in(*status, *positions)));
}

}  // namespace vote
