#include "unit/process/worker_world.h"

namespace vote::test {

void WatchedStore::record(Batch batch, Completion<Result<BatchReport>> done) {
  std::vector<RequestId> requests;
  bool bad = false;
  for (const VoteToRecord& vote : batch.votes) {
    requests.push_back(vote.vote.request);
    bad = bad || vote.vote.request == refused;
  }
  batches.push_back(std::move(requests));
  if (bad && refusals_left-- > 0) return done(Error{Code::invalid_input, "no such data"});
  FaultyStore::record(std::move(batch), std::move(done));
}

int WatchedStore::times_handed(RequestId request) const {
  int times = 0;
  for (const auto& batch : batches)
    times += static_cast<int>(std::count(batch.begin(), batch.end(), request));
  return times;
}

WorkerWorld::WorkerWorld() {
  settings.batch_wait = Duration(0);
}
WorkerWorld::~WorkerWorld() = default;

WorkerTotals WorkerWorld::drain() {
  Worker worker(store, queue, cache, clock, settings);
  worker.run(stop, true);
  return worker.totals();
}

std::int64_t WorkerWorld::next_offset() const {
  return number(files.store, "SELECT coalesce(max(next_offset), 0) FROM queue_positions");
}

std::int64_t WorkerWorld::end_offset() const {
  return number(files.queue, "SELECT coalesce(max(\"offset\") + 1, 0) FROM messages");
}

}  // namespace vote::test
