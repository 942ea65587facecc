#include "fault/simulation/queue_link.h"

#include <utility>

namespace vote::simulated {
namespace {

using std::chrono::milliseconds;

constexpr Duration kAckTimeMax = milliseconds(1'200);  // then an append is given up
constexpr Duration kLandsWithin = milliseconds(15'000);
constexpr Duration kNoticedAfter = milliseconds(400);  // that the queue is out of reach

Error away() {
  return {Code::unavailable, "the queue does not answer"};
}

std::string in_short(const AppendResult& result, const Message& message) {
  const MessageIds ids = ids_of_message(message.value);
  const Appended& place = std::get<Appended>(result);
  return (ids.voter ? "v" + label(ids.voter->uuid) + " k" + label(ids.request->uuid) : "closing") +
         " at " + std::to_string(place.partition) + "/" + std::to_string(place.offset) +
         ", stamped " + seconds_text(place.stamp);
}

}  // namespace

/// A client knows only after a while.
bool QueueLink::reachable() const {
  const Duration now = world_.scheduler.now();
  const auto is_noticed = [&](const Outage& outage) {
    return now < outage.until && now - outage.since >= kNoticedAfter;
  };
  return !is_noticed(process_.to_queue) && !is_noticed(world_.queue_server);
}

void QueueLink::append(Message message, Completion<AppendResult> done) {
  append_to(world_.queue.partition_of(message.key), std::move(message), std::move(done));
}

void QueueLink::land(std::int32_t partition, const Message& message, Duration after,
                     const std::shared_ptr<AppendResult>& result) {
  ++world_.on_their_way;
  world_.scheduler.at(world_.scheduler.now() + after,
                      [&world = world_, partition, message, result, name = process_.name()] {
                        --world.on_their_way;
                        *result = world.queue.append_now(partition, message);
                        if (world.traces()) world.say(name, "landed " + in_short(*result, message));
                      });
}

void QueueLink::append_to(std::int32_t partition, Message message, Completion<AppendResult> done) {
  process_.pass_a_point();
  Scheduler& scheduler = world_.scheduler;
  const auto fail = [&](Duration after, bool may_have_landed) {
    scheduler.pause(after);
    done(AppendFailure{may_have_landed, "the queue does not answer"});
  };
  if (process_.dead()) return done(AppendFailure{true, "killed"});
  if (!is_reached()) return fail(world_.chance.between(milliseconds(1), kAckTimeMax), true);
  const auto result = std::make_shared<AppendResult>(AppendFailure{true, "no answer"});
  if (world_.happens(Kind::append_lost, 15)) return fail(kAckTimeMax, true);
  if (world_.happens(Kind::append_landed_late, 15)) {
    land(partition, message, kAckTimeMax + world_.chance.between({}, kLandsWithin), result);
    return fail(kAckTimeMax, true);
  }
  const Duration way = world_.happens(Kind::append_delayed, 15)
                           ? world_.chance.between(milliseconds(50), milliseconds(900))
                           : world_.latency();
  land(partition, message, way, result);
  if (world_.happens(Kind::append_doubled, 20)) {
    const bool second_is_acked = world_.chance.one_in(2);
    const auto other = std::make_shared<AppendResult>();
    land(partition, message,
         second_is_acked ? way / 2 : way + world_.chance.between({}, milliseconds(3'000)), other);
  }
  scheduler.pause(way + world_.latency());
  if (world_.happens(Kind::append_ack_lost, 15)) return fail(kAckTimeMax - way, true);
  process_.pass_a_point();
  if (process_.dead() || !is_reached()) return done(AppendFailure{true, "the ack was lost"});
  done(std::move(*result));
}

/// A question to the brokers: false where it gets no answer.
bool QueueLink::arrives() {
  process_.pass_a_point();
  if (process_.dead()) return false;
  world_.scheduler.pause(is_reached() ? world_.latency() : kNoticedAfter);
  process_.pass_a_point();
  return !process_.dead() && is_reached();
}

template <class T, class Call>
void QueueLink::ask(Completion<Result<T>> done, Call call) {
  if (!arrives()) return done(away());
  std::optional<Result<T>> answer;
  call(Completion<Result<T>>([&](Result<T> given) { answer = std::move(given); }));
  if (!arrives()) return done(away());
  done(std::move(*answer));
}

void QueueLink::add_dead_letter(Message message, Completion<Result<Done>> done) {
  ask<Done>(std::move(done),
            [&](auto next) { world_.queue.add_dead_letter(std::move(message), std::move(next)); });
}

void QueueLink::dead_letters(std::int64_t after, std::size_t limit,
                             Completion<Result<std::vector<DeadLetter>>> done) {
  ask<std::vector<DeadLetter>>(std::move(done), [&](auto next) {
    world_.queue.dead_letters(after, limit, std::move(next));
  });
}

void QueueLink::remove_dead_letter(std::int64_t id, Completion<Result<bool>> done) {
  ask<bool>(std::move(done),
            [&](auto next) { world_.queue.remove_dead_letter(id, std::move(next)); });
}

void QueueLink::status(Completion<Result<QueueStatus>> done) {
  ask<QueueStatus>(std::move(done), [&](auto next) { world_.queue.status(std::move(next)); });
}

/// A worker's place in the group. While its process is held, the group hears nothing of it and puts
/// it out; it goes on with what it had until it asks.
class QueueLink::Member final : public Consumer {
 public:
  explicit Member(QueueLink& link)
      : link_(link), consumer_(std::make_shared<MemoryConsumer>(link.world_.queue)) {
    keep_alive();
  }
  ~Member() override {
    *gone_ = true;
    if (!link_.process_.dead()) return;
    // Nobody says good-bye: it is missed after its session.
    Scheduler& scheduler = link_.world_.scheduler;
    scheduler.at(scheduler.now() + kSession, [kept = std::move(consumer_)] {});
  }

  Result<std::optional<std::vector<std::int32_t>>> assignment(Duration wait) override {
    if (wait > Duration(0)) link_.world_.scheduler.pause(wait);
    if (!link_.is_reached() || link_.process_.dead()) {
      link_.world_.scheduler.pause(milliseconds(1));
      if (link_.process_.dead()) return away();
      return std::optional<std::vector<std::int32_t>>();
    }
    return consumer_->assignment(wait);
  }
  Result<Done> seek(const std::vector<Position>& positions) override {
    if (!link_.arrives()) return away();
    return consumer_->seek(positions);
  }
  Result<std::vector<Delivered>> take(std::size_t max, Duration wait) override {
    if (!link_.arrives()) return lose();
    auto taken = consumer_->take(max, Duration(0));
    if (wait > Duration(0) && taken && taken->empty()) {
      link_.world_.scheduler.pause(wait);
      if (!link_.arrives()) return lose();
      taken = consumer_->take(max, Duration(0));
    }
    return taken;
  }
  Result<Done> commit(const std::vector<Position>& positions) override {
    if (!link_.arrives()) return away();
    return consumer_->commit(positions);
  }

 private:
  Error lose() {
    consumer_->forget();
    return away();
  }
  /// The heart beats on a thread of its own, as long as the process runs and reaches the brokers.
  void keep_alive() {
    Scheduler& scheduler = link_.world_.scheduler;
    scheduler.at(scheduler.now() + kSession, [this, gone = gone_, &scheduler] {
      if (*gone || link_.process_.dead()) return;
      const bool beats = link_.is_reached() && link_.process_.held_until <= scheduler.now();
      if (!beats) link_.world_.queue.put_out(consumer_->member());
      keep_alive();
    });
  }

  QueueLink& link_;
  std::shared_ptr<MemoryConsumer> consumer_;
  std::shared_ptr<bool> gone_ = std::make_shared<bool>(false);
};

std::unique_ptr<Consumer> QueueLink::consumer() {
  return std::make_unique<Member>(*this);
}

}  // namespace vote::simulated
