#include "world/engine.h"

#include "process/worker.h"

namespace vote::test {

EngineFiles::EngineFiles() {
  make_file(store, "store");
  make_file(queue, "queue");
}

Appended append(Queue& queue, Message message) {
  const auto result =
      wait_for<AppendResult>([&](auto done) { queue.append(std::move(message), std::move(done)); });
  if (const auto* failure = std::get_if<AppendFailure>(&result))
    throw std::runtime_error(failure->detail);
  return std::get<Appended>(result);
}

Appended append(Queue& queue, const CastVote& vote) {
  return append(queue, Message{vote.voter, to_message(vote), {}});
}

std::vector<DeadLetter> dead_letters(Queue& queue) {
  auto letters = wait_for<Result<std::vector<DeadLetter>>>(
      [&](auto done) { queue.dead_letters(0, 1'000, std::move(done)); });
  if (!letters) throw std::runtime_error(letters.error().detail);
  return *letters;
}

void drain(Engine& engine, const Clock& clock) {
  MemoryCache of_the_worker(clock);
  Stop stop;
  WorkerSettings settings;
  settings.batch_wait = Duration(0);
  Worker(engine.store, engine.queue, of_the_worker, clock, settings).run(stop, true);
}

std::string header(const Message& message, std::string_view name) {
  for (const auto& [key, value] : message.headers)
    if (key == name) return value;
  return "";
}

void expect_counted(const EngineFiles& files, std::int64_t ballots) {
  EXPECT_EQ(number(files.store, "SELECT count(*) FROM votes"), ballots);
  EXPECT_EQ(number(files.store, "SELECT count(*) FROM vote_audit_log WHERE action = 'cast'"),
            ballots);
  EXPECT_EQ(number(files.store,
                   "SELECT count(*) FROM (SELECT 1 FROM vote_audit_log "
                   "WHERE action = 'cast' GROUP BY poll_id, user_id)"),
            ballots);
  EXPECT_EQ(number(files.store, "SELECT coalesce(sum(total_votes), 0) FROM poll_totals"),
            number(files.store, "SELECT count(*) FROM votes WHERE choices <> '[]'"));
  EXPECT_EQ(number(files.store,
                   "SELECT count(*) FROM option_counts c WHERE vote_count <> (SELECT count(*) FROM "
                   "votes v, json_each(v.choices) j WHERE v.poll_id = c.poll_id "
                   "AND j.value = c.position)"),
            0);
}

}  // namespace vote::test
