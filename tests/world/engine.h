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
  EngineFiles();
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

Appended append(Queue& queue, Message message);
Appended append(Queue& queue, const CastVote& vote);
std::vector<DeadLetter> dead_letters(Queue& queue);
std::string header(const Message& message, std::string_view name);

/// As a worker does, with a cache of its own: until the queue is empty.
void drain(Engine& engine, const Clock& clock);

/// The judge: ballots, audit and counters agree, and there are so many ballots.
void expect_counted(const EngineFiles& files, std::int64_t ballots);

}  // namespace vote::test
