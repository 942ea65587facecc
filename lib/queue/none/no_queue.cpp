#include "queue/none/no_queue.h"

#include "runtime/stop.h"

namespace vote {
namespace {

Error there_is_none() {
  return {Code::unavailable, "there is no queue: votes are recorded by the store"};
}

class NoConsumer final : public Consumer {
 public:
  Result<std::optional<std::vector<std::int32_t>>> assignment(Duration wait) override {
    if (!std::exchange(is_told_, true)) return std::optional(std::vector<std::int32_t>());
    Stop().wait(wait);
    return std::optional<std::vector<std::int32_t>>();
  }
  Result<Done> seek(const std::vector<Position>& positions) override {
    if (positions.empty()) return Done{};
    return Error{Code::invalid_input,
                 "queue.url names no queue, but the store has processed votes of topic " +
                     positions.front().topic +
                     ": name that queue, or, when all of it has been processed and it is gone for "
                     "good, run votectl queue forget " +
                     positions.front().topic};
  }
  Result<std::vector<Delivered>> take(std::size_t /*max*/, Duration /*wait*/) override {
    return std::vector<Delivered>();
  }
  Result<Done> commit(const std::vector<Position>& /*positions*/) override { return Done{}; }

 private:
  bool is_told_ = false;
};

}  // namespace

void NoQueue::append(Message /*message*/, Completion<AppendResult> done) {
  done(AppendFailure{false, there_is_none().detail});
}

void NoQueue::append_to(std::int32_t /*partition*/, Message message,
                        Completion<AppendResult> done) {
  append(std::move(message), std::move(done));
}

std::unique_ptr<Consumer> NoQueue::consumer() {
  return std::make_unique<NoConsumer>();
}

void NoQueue::add_dead_letter(Message /*message*/, Completion<Result<Done>> done) {
  done(there_is_none());
}

void NoQueue::dead_letters(std::int64_t /*after*/, std::size_t /*limit*/,
                           Completion<Result<std::vector<DeadLetter>>> done) {
  done(std::vector<DeadLetter>());
}

void NoQueue::remove_dead_letter(std::int64_t /*id*/, Completion<Result<bool>> done) {
  done(false);
}

void NoQueue::status(Completion<Result<QueueStatus>> done) {
  done(QueueStatus{});
}

}  // namespace vote
