#pragma once
// The embedded engine on files of its own: store, queue and cache, and what a judge sees in the
// files.
#include <gtest/gtest.h>

#include <string>

#include "cache/memory/memory_cache.h"
#include "queue/sqlite/sqlite_queue.h"
#include "store/sqlite/sqlite_store.h"
#include "world/files.h"
#include "world/votes.h"

namespace vote::test {

inline constexpr Duration kGrace = std::chrono::seconds(5);

struct EngineFiles {
  EngineFiles() {
    make_file(store, "store");
    make_file(queue, "queue");
  }
  Folder folder;
  std::string store = folder.file("store.db");
  std::string queue = folder.file("queue.db");
};

/// One process's handles on the files.
struct Engine {
  Engine(const EngineFiles& files, const Clock& clock)
      : store(files.store, clock, kGrace), queue(files.queue, "votes", clock), cache(clock) {}
  SqliteStore store;
  SqliteQueue queue;
  MemoryCache cache;
};

inline Appended append(Queue& queue, Message message) {
  const auto result =
      wait_for<AppendResult>([&](auto done) { queue.append(std::move(message), std::move(done)); });
  if (const auto* failure = std::get_if<AppendFailure>(&result))
    throw std::runtime_error(failure->detail);
  return std::get<Appended>(result);
}
inline Appended append(Queue& queue, const CastVote& vote) {
  return append(queue, Message{vote.voter, to_message(vote), {}});
}
inline std::vector<DeadLetter> dead_letters(Queue& queue) {
  auto letters = wait_for<Result<std::vector<DeadLetter>>>(
      [&](auto done) { queue.dead_letters(0, 1'000, std::move(done)); });
  if (!letters) throw std::runtime_error(letters.error().detail);
  return *letters;
}
inline std::string header(const Message& message, std::string_view name) {
  for (const auto& [key, value] : message.headers)
    if (key == name) return value;
  return "";
}

/// The judge: ballots, audit and counters agree, and there are so many ballots.
inline void expect_counted(const EngineFiles& files, std::int64_t ballots) {
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
