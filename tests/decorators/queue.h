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

  Result<std::optional<std::vector<std::int32_t>>> assignment(Duration wait) override {
    using Answer = Result<std::optional<std::vector<std::int32_t>>>;
    return pass<Answer>("assignment", [&] { return consumer_->assignment(wait); });
  }
  Result<Done> seek(const std::vector<Position>& positions) override {
    return pass<Result<Done>>("seek", [&] { return consumer_->seek(positions); });
  }
  Result<std::vector<Delivered>> take(std::size_t max, Duration wait) override {
    return pass<Result<std::vector<Delivered>>>("take", [&] { return consumer_->take(max, wait); });
  }
  Result<Done> commit(const std::vector<Position>& positions) override {
    return pass<Result<Done>>("commit", [&] { return consumer_->commit(positions); });
  }

 private:
  template <class Answer, class Call>
  Answer pass(const std::string& verb, Call call) {
    const Error away{Code::unavailable, "the queue is away"};
    if (faults_.pass_before(verb) != Fate::go_on) return away;
    Answer answer = call();
    if (faults_.pass_after(verb) != Fate::go_on) return away;
    return answer;
  }

  std::unique_ptr<Consumer> consumer_;
  Faults& faults_;
};

class FaultyQueue final : public Queue {
 public:
  explicit FaultyQueue(Queue& queue) : queue_(queue) {}
  Faults faults;

  void append(Message message, Completion<AppendResult> done) override {
    const Fate fate = faults.pass_before("append");
    if (fate != Fate::go_on) return done(failure(fate));
    queue_.append(std::move(message), [this, done = std::move(done)](AppendResult result) mutable {
      const Fate later = faults.pass_after("append");
      done(later == Fate::go_on ? std::move(result) : failure(later));
    });
  }
  std::unique_ptr<Consumer> consumer() override {
    return std::make_unique<FaultyConsumer>(queue_.consumer(), faults);
  }
  void add_dead_letter(Message message, Completion<Result<Done>> done) override {
    pass<Done>("add_dead_letter", std::move(done),
               [&](auto next) { queue_.add_dead_letter(std::move(message), std::move(next)); });
  }
  void dead_letters(std::int64_t after, std::size_t limit,
                    Completion<Result<std::vector<DeadLetter>>> done) override {
    pass<std::vector<DeadLetter>>("dead_letters", std::move(done), [&](auto next) {
      queue_.dead_letters(after, limit, std::move(next));
    });
  }
  void status(Completion<Result<QueueStatus>> done) override {
    pass<QueueStatus>("status", std::move(done),
                      [&](auto next) { queue_.status(std::move(next)); });
  }

 private:
  static AppendResult failure(Fate fate) {
    return AppendFailure{fate == Fate::lose, "the queue is away"};
  }
  template <class T, class Forward>
  void pass(const std::string& verb, Completion<Result<T>> done, Forward forward) {
    const Error away{Code::unavailable, "the queue is away"};
    if (faults.pass_before(verb) != Fate::go_on) return done(away);
    forward(
        Completion<Result<T>>([this, verb, away, done = std::move(done)](Result<T> answer) mutable {
          if (faults.pass_after(verb) != Fate::go_on) return done(away);
          done(std::move(answer));
        }));
  }

  Queue& queue_;
};

}  // namespace vote::test
