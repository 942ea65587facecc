#include "fault/simulation/store_link.h"

#include <algorithm>
#include <utility>

namespace vote::simulated {
namespace {

using std::chrono::milliseconds;

constexpr Duration kAnswerTimeMax = milliseconds(1'500);  // then the store is given up

std::exception_ptr no_answer() {
  static const std::exception_ptr failure = std::make_exception_ptr(
      sqlite::DatabaseError(sqlite::DatabaseError::Kind::busy, "the store does not answer"));
  return failure;
}

/// A transaction on its way to the server, and there.
struct Call {
  sqlite::Job job;
  Time began{};
  std::uint64_t epoch = 0;  // of the server, when it was sent
  Duration begins{};        // once it has the lock of those who write
  Duration ends{};
  bool is_cancelled = false;
  std::exception_ptr failure = no_answer();
};

template <class Step>
std::exception_ptr at_server_time(Environment& world, Time now, Step step) {
  world.store_clock.fixed = now;
  std::exception_ptr failure = step();
  world.store_clock.fixed = std::nullopt;
  return failure;
}

class StoreLink final : public Transactions {
 public:
  explicit StoreLink(Process& process) : process_(process), world_(process.environment()) {}

  void write(sqlite::Job job) override {
    process_.pass_a_point();
    if (process_.dead()) return job.finished(no_answer());
    if (!is_reached() || world_.happens(Kind::store_call_lost, 4)) return give_up(job);
    const auto call = begin(std::move(job));
    if (world_.happens(Kind::commit_lost, 4)) {
      lose(call);
      return answer(*call, false);
    }
    commit(call);
    answer(*call, !world_.happens(Kind::commit_answer_lost, 5));
  }

  void read(sqlite::Job job) override {
    process_.pass_a_point();
    if (process_.dead()) return job.finished(no_answer());
    if (!is_reached() || world_.happens(Kind::store_call_lost, 4)) return give_up(job);
    world_.scheduler.pause(world_.latency());
    if (process_.dead() || !is_reached()) return job.finished(no_answer());
    const std::exception_ptr failure =
        at_server_time(world_, world_.store_clock.now(), [&] { return world_.database.read(job); });
    world_.scheduler.pause(world_.latency());
    process_.pass_a_point();
    job.finished(process_.dead() || !is_reached() ? no_answer() : failure);
  }

  void rest(Duration length) override { world_.scheduler.pause(length); }

 private:
  bool is_reached() const { return process_.reaches(world_.store_server, process_.to_store); }

  void give_up(sqlite::Job& job) {
    world_.scheduler.pause(world_.chance.between(milliseconds(1), kAnswerTimeMax));
    job.finished(no_answer());
  }

  /// A moment from now, and not before another one that writes has ended.
  std::shared_ptr<Call> begin(sqlite::Job job) {
    auto call = std::make_shared<Call>(Call{std::move(job)});
    call->epoch = world_.store_server.epoch;
    const Duration arrives = world_.scheduler.now() + world_.latency();
    call->begins = std::max(arrives, world_.store_is_locked_until);
    call->ends = call->begins + length();
    world_.store_is_locked_until = call->ends;
    world_.scheduler.at(world_.store_asks_its_clock_first ? arrives : call->begins,
                        [call, &world = world_] { call->began = world.store_clock.now(); });
    return call;
  }

  Duration length() {
    if (world_.happens(Kind::commit_late, 3))
      return kAnswerTimeMax + world_.chance.between({}, milliseconds(2'500));
    if (world_.happens(Kind::transaction_paused, 10))
      return world_.chance.between(milliseconds(20), milliseconds(900));
    return world_.latency() / 4;
  }

  /// What has begun is done whatever becomes of the sender, unless the server goes down before. It
  /// sees when it commits what it saw when it began, for it has the lock.
  void commit(const std::shared_ptr<Call>& call) {
    ++world_.on_their_way;
    world_.scheduler.at(call->ends, [call, &world = world_, name = process_.name()] {
      --world.on_their_way;
      if (call->is_cancelled || world.store_server.epoch != call->epoch) return;
      call->failure =
          at_server_time(world, call->began, [&] { return world.database.write(call->job); });
      if (world.traces())
        world.say(name, (call->failure ? "is refused what began at " : "commits what began at ") +
                            seconds_text(call->began));
      if (!call->failure) world.ended_a_transaction();
    });
  }

  void lose(const std::shared_ptr<Call>& call) {
    world_.scheduler.at(call->ends, [call, &world = world_] {
      world.database.write_and_lose(call->job);
      world.look_at_counters();
    });
  }

  /// Who has waited for too long gives up: what has not begun by then never does, of the rest
  /// nobody knows.
  void answer(Call& call, bool is_heard) {
    const Duration now = world_.scheduler.now();
    const Duration until = std::min(call.ends + world_.latency(), now + kAnswerTimeMax);
    world_.scheduler.pause(until - now);
    if (call.begins > until) call.is_cancelled = true;
    const bool in_time = until > call.ends;
    process_.pass_a_point();
    call.job.finished(process_.dead() || !is_heard || !in_time || !is_reached() ? no_answer()
                                                                                : call.failure);
  }

  Process& process_;
  Environment& world_;
};

}  // namespace

std::unique_ptr<Transactions> link_to_store(Process& process) {
  return std::make_unique<StoreLink>(process);
}

}  // namespace vote::simulated
