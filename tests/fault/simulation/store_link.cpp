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
  Duration ends{};
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
    const auto call = std::make_shared<Call>(Call{std::move(job)});
    call->epoch = world_.store_server.epoch;
    if (world_.happens(Kind::commit_lost, 4)) {
      lose(call);
      return answer(*call, false);
    }
    if (world_.happens(Kind::commit_late, 3)) {
      commit(call, kAnswerTimeMax + world_.chance.between({}, milliseconds(4'000)));
      world_.scheduler.pause(kAnswerTimeMax);
      return call->job.finished(no_answer());
    }
    commit(call, world_.happens(Kind::transaction_paused, 10)
                     ? world_.chance.between(milliseconds(20), milliseconds(900))
                     : world_.latency());
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

  /// Begun a moment from now: its clock is of then; it sees what is there when it commits, for all
  /// that it checks is locked meanwhile. Done whatever becomes of the sender, unless the server
  /// goes down before.
  void commit(const std::shared_ptr<Call>& call, Duration after) {
    const Duration begins = world_.scheduler.now() + world_.latency();
    call->ends = begins + after;
    ++world_.on_their_way;
    world_.scheduler.at(begins, [call, &world = world_] { call->began = world.store_clock.now(); });
    world_.scheduler.at(call->ends, [call, &world = world_] {
      --world.on_their_way;
      if (world.store_server.epoch != call->epoch) return;
      call->failure =
          at_server_time(world, call->began, [&] { return world.database.write(call->job); });
      if (!call->failure) world.committed();
    });
  }

  void lose(const std::shared_ptr<Call>& call) {
    call->ends = world_.scheduler.now() + world_.latency();
    world_.scheduler.at(call->ends,
                        [call, &world = world_] { world.database.write_and_lose(call->job); });
  }

  void answer(const Call& call, bool is_heard) {
    world_.scheduler.pause(call.ends + world_.latency() - world_.scheduler.now());
    process_.pass_a_point();
    call.job.finished(process_.dead() || !is_heard || !is_reached() ? no_answer() : call.failure);
  }

  Process& process_;
  Environment& world_;
};

}  // namespace

std::unique_ptr<Transactions> link_to_store(Process& process) {
  return std::make_unique<StoreLink>(process);
}

}  // namespace vote::simulated
