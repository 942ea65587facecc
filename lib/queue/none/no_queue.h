#pragma once
// No queue: every vote is recorded by the store, in transactions that concurrent requests share. An
// append fails at once and certainly, so the store's path is taken; there is nothing to read, and
// no message can die.
#include <memory>

#include "queue/queue.h"

namespace vote {

class NoQueue final : public Queue {
 public:
  void append(Message message, Completion<AppendResult> done) override;
  void append_to(std::int32_t partition, Message message, Completion<AppendResult> done) override;
  /// Its member stands by for ever.
  std::unique_ptr<Consumer> consumer() override;
  void add_dead_letter(Message message, Completion<Result<Done>> done) override;
  void dead_letters(std::int64_t after, std::size_t limit,
                    Completion<Result<std::vector<DeadLetter>>> done) override;
  void remove_dead_letter(std::int64_t id, Completion<Result<bool>> done) override;
  void status(Completion<Result<QueueStatus>> done) override;
  std::string topic() const override { return ""; }
  bool reachable() const override { return false; }
};

}  // namespace vote
