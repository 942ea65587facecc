#pragma once
// A process's way to the queue: messages take their time, come twice, late or never, and so do
// their acknowledgements. The process lives longer.
#include "fault/simulation/process.h"

namespace vote::simulated {

class QueueLink final : public Queue {
 public:
  explicit QueueLink(Process& process) : process_(process), world_(process.environment()) {}

  void append(Message message, Completion<AppendResult> done) override;
  void append_to(std::int32_t partition, Message message, Completion<AppendResult> done) override;
  std::unique_ptr<Consumer> consumer() override;
  void add_dead_letter(Message message, Completion<Result<Done>> done) override;
  void dead_letters(std::int64_t after, std::size_t limit,
                    Completion<Result<std::vector<DeadLetter>>> done) override;
  void remove_dead_letter(std::int64_t id, Completion<Result<bool>> done) override;
  void status(Completion<Result<QueueStatus>> done) override;
  std::string topic() const override { return world_.queue.topic(); }
  bool reachable() const override;

 private:
  class Member;
  bool is_reached() const { return process_.reaches(world_.queue_server, process_.to_queue); }
  bool arrives();
  void land(std::int32_t partition, const Message& message, Duration after,
            const std::shared_ptr<AppendResult>& result);
  template <class T, class Call>
  void ask(Completion<Result<T>> done, Call call);

  Process& process_;
  Environment& world_;
};

}  // namespace vote::simulated
