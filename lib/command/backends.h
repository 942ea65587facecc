#pragma once
// How votectl (import, db, queue, api) and vote-dlq reach the store and the queue themselves:
// handed in by the program, for no command knows a backend.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "queue/queue.h"
#include "store/store.h"

namespace vote::command {

/// The schema of one part: "store" or "queue".
struct SchemaReport {
  std::string part;
  std::string url;
  int applied = 0;  // scripts applied so far
  int known = 0;    // to this program
};

/// Each call opens what it needs and throws std::runtime_error that says what is wrong with which
/// file and what to do. A part that has no schema (a queue elsewhere) is not reported.
struct Backends {
  std::function<std::unique_ptr<Store>()> store;  // does not migrate
  std::function<std::unique_ptr<Queue>()> queue;
  std::function<std::vector<SchemaReport>()> status;  // makes no file
  /// The schema of this part, or of every part where it is empty; reports how they stood before.
  std::function<std::vector<SchemaReport>(const std::string& part)> migrate;
  /// The topics of a queue that has some, where they are not there: what was done and what is to be
  /// known of them, a line each. Empty where the queue has none.
  std::function<std::vector<std::string>()> make_topics;
};

}  // namespace vote::command
