#include "decorators/queue.h"

namespace vote::test {

template <class Answer, class Call>
Answer FaultyConsumer::pass(const std::string& verb, Call call) {
  const Error away{Code::unavailable, "the queue is away"};
  if (faults_.pass_before(verb) != Fate::go_on) return away;
  Answer answer = call();
  if (faults_.pass_after(verb) != Fate::go_on) return away;
  return answer;
}

template <class T, class Forward>
void FaultyQueue::pass(const std::string& verb, Completion<Result<T>> done, Forward forward) {
  const Error away{Code::unavailable, "the queue is away"};
  if (faults.pass_before(verb) != Fate::go_on) return done(away);
  forward(
      Completion<Result<T>>([this, verb, away, done = std::move(done)](Result<T> answer) mutable {
        if (faults.pass_after(verb) != Fate::go_on) return done(away);
        done(std::move(answer));
      }));
}

Result<std::optional<std::vector<std::int32_t>>> FaultyConsumer::assignment(Duration wait) {
  using Answer = Result<std::optional<std::vector<std::int32_t>>>;
  return pass<Answer>("assignment", [&] { return consumer_->assignment(wait); });
}

Result<Done> FaultyConsumer::seek(const std::vector<Position>& positions) {
  return pass<Result<Done>>("seek", [&] { return consumer_->seek(positions); });
}

Result<std::vector<Delivered>> FaultyConsumer::take(std::size_t max, Duration wait) {
  return pass<Result<std::vector<Delivered>>>("take", [&] { return consumer_->take(max, wait); });
}

Result<Done> FaultyConsumer::commit(const std::vector<Position>& positions) {
  return pass<Result<Done>>("commit", [&] { return consumer_->commit(positions); });
}

void FaultyQueue::append(Message message, Completion<AppendResult> done) {
  const Fate fate = faults.pass_before("append");
  if (fate != Fate::go_on) return done(failure(fate));
  queue_.append(std::move(message), [this, done = std::move(done)](AppendResult result) mutable {
    const Fate later = faults.pass_after("append");
    done(later == Fate::go_on ? std::move(result) : failure(later));
  });
}

void FaultyQueue::append_to(std::int32_t partition, Message message,
                            Completion<AppendResult> done) {
  const Fate fate = faults.pass_before("append_to");
  if (fate != Fate::go_on) return done(failure(fate));
  queue_.append_to(partition, std::move(message),
                   [this, done = std::move(done)](AppendResult result) mutable {
                     const Fate later = faults.pass_after("append_to");
                     done(later == Fate::go_on ? std::move(result) : failure(later));
                   });
}

std::unique_ptr<Consumer> FaultyQueue::consumer() {
  return std::make_unique<FaultyConsumer>(queue_.consumer(), faults);
}

void FaultyQueue::add_dead_letter(Message message, Completion<Result<Done>> done) {
  pass<Done>("add_dead_letter", std::move(done),
             [&](auto next) { queue_.add_dead_letter(std::move(message), std::move(next)); });
}

void FaultyQueue::dead_letters(std::int64_t after, std::size_t limit,
                               Completion<Result<std::vector<DeadLetter>>> done) {
  pass<std::vector<DeadLetter>>("dead_letters", std::move(done), [&](auto next) {
    queue_.dead_letters(after, limit, std::move(next));
  });
}

void FaultyQueue::remove_dead_letter(std::int64_t id, Completion<Result<bool>> done) {
  pass<bool>("remove_dead_letter", std::move(done),
             [&](auto next) { queue_.remove_dead_letter(id, std::move(next)); });
}

void FaultyQueue::status(Completion<Result<QueueStatus>> done) {
  pass<QueueStatus>("status", std::move(done), [&](auto next) { queue_.status(std::move(next)); });
}

AppendResult FaultyQueue::failure(Fate fate) {
  return AppendFailure{fate == Fate::lose, "the queue is away"};
}

}  // namespace vote::test
