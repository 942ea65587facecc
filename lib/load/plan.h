#pragma once
// A workload as bytes for the wire, prepared ahead by a thread of its own and, where there is a
// journal, written there before any of it is handed out. What was answered is journalled too.
//
// Constructor, append_next, answered, tick and finish: one thread, the one that drives.
#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>

#include "load/answers.h"
#include "load/journal.h"
#include "load/requests.h"
#include "load/schedule.h"
#include "load/workload.h"

namespace vote::load {

/// Requests of one block, and blocks that are ready ahead of the driving thread.
inline constexpr std::size_t kBlockRequests = 256;
inline constexpr std::size_t kBlocksAhead = 16;

class Plan final : public Requests {
 public:
  /// `schedule`: for when requests are due, in the journal, and how many there are; null: without
  /// end. `journal`: null: none. All that is handed in lives longer.
  Plan(Workload& workload, const Schedule* schedule, Journal* journal);
  ~Plan() override;

  std::optional<std::uint64_t> append_next(std::string& out, const Endpoint& endpoint) override;
  void answered(const RequestEnd& answered) override;
  void tick() override { flush(); }
  bool wants_bodies() const override { return journal_ != nullptr; }

  /// After the run: what was not sent, and the end, go to the journal. Throws JournalError.
  void finish(Duration at);
  /// How long the run waited for its own preparations and for its journal: the load generator was
  /// the limit, and latencies are too long by that.
  Duration waited() const { return waited_; }

 private:
  /// Places in a block's bytes: between them comes what is the endpoint's own.
  struct Item {
    std::uint64_t tag;
    std::size_t method_end;
    std::size_t path_end;
    std::size_t end;
  };
  struct Block {
    std::string bytes;
    std::vector<Item> items;
  };
  class Planner;

  bool next_block();
  void flush();
  void append_read(const RequestEnd& answered);
  void append_answer(const RequestEnd& answered);

  Workload& workload_;
  Journal* journal_;
  std::unique_ptr<Planner> planner_;
  Block block_;
  std::size_t next_ = 0;   // of the block
  std::size_t begin_ = 0;  // of its bytes
  std::uint64_t sent_ = 0, answers_ = 0;
  std::string lines_;
  Answers bodies_;
  Duration waited_{};
};

}  // namespace vote::load
