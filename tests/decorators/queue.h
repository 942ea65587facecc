#pragma once
// A queue, and its consumers, that hand everything on to another one, and fail, wait or end where
// their faults say so.
#include <memory>
#include <utility>

#include "decorators/faults.h"
#include "queue/queue.h"

namespace vote::test {

class FaultyConsumer final : public Consumer {
 public:
  FaultyConsumer(std::unique_ptr<Consumer> consumer, Faults& faults)
      : consumer_(std::move(consumer)), faults_(faults) {}

  Result<std::optional<std::vector<std::int32_t>>> assignment(Duration wait) override;
  Result<Done> seek(const std::vector<Position>& positions) override;
  Result<std::vector<Delivered>> take(std::size_t max, Duration wait) override;
  Result<Done> commit(const std::vector<Position>& positions) override;

 private:
  template <class Answer, class Call>
  Answer pass(const std::string& verb, Call call);

  std::unique_ptr<Consumer> consumer_;
  Faults& faults_;
};

class FaultyQueue final : public Queue {
 public:
  explicit FaultyQueue(Queue& queue) : queue_(queue) {}
  Faults faults;

  void append(Message message, Completion<AppendResult> done) override;
  void append_to(std::int32_t partition, Message message, Completion<AppendResult> done) override;
  std::unique_ptr<Consumer> consumer() override;
  void add_dead_letter(Message message, Completion<Result<Done>> done) override;
  void dead_letters(std::int64_t after, std::size_t limit,
                    Completion<Result<std::vector<DeadLetter>>> done) override;
  void remove_dead_letter(std::int64_t id, Completion<Result<bool>> done) override;
  void status(Completion<Result<QueueStatus>> done) override;
  bool reachable() const override { return queue_.reachable(); }

 private:
  static AppendResult failure(Fate fate);
  template <class T, class Forward>
  void pass(const std::string& verb, Completion<Result<T>> done, Forward forward);

  Queue& queue_;
};

}  // namespace vote::test
