#include "fault/simulation/nemesis.h"

#include <algorithm>
#include <array>

namespace vote::simulated {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint64_t kAttacksMore = 10;
constexpr Duration kClockOffMost = seconds(30);
constexpr Duration kHeldAfterAll = seconds(2);

constexpr std::array kAttacks = {
    Kind::store_down,       Kind::store_set_back,       Kind::positions_reset,  Kind::store_cut_off,
    Kind::queue_down,       Kind::queue_cut_off,        Kind::leadership_moved, Kind::cache_emptied,
    Kind::cache_lost_some,  Kind::cache_down_and_empty, Kind::cache_cut_off,    Kind::api_killed,
    Kind::api_slept,        Kind::api_restarted,        Kind::api_clock_jumped, Kind::lease_ran_out,
    Kind::worker_killed,    Kind::worker_slept,         Kind::worker_joined,    Kind::worker_left,
    Kind::reconcile_killed, Kind::reconcile_slept,
};

void reopen(Outage& outage, Duration now) {
  outage.until = std::min(outage.until, now);
}

}  // namespace

void Nemesis::start(Duration end) {
  std::vector<Kind> menu;
  std::copy_if(kAttacks.begin(), kAttacks.end(), std::back_inserter(menu),
               [&](Kind kind) { return world_.is_on_the_menu(kind); });
  if (menu.empty()) menu.push_back(Kind::leadership_moved);
  const std::uint64_t attacks = kAttacksMin + world_.chance.below(kAttacksMore);
  for (std::uint64_t n = 0; n < attacks; ++n) {
    const Kind kind = menu[world_.chance.below(menu.size())];
    const Duration when = world_.chance.between(milliseconds(200), end);
    world_.scheduler.spawn(host_, [this, kind, when] {
      world_.scheduler.pause(when);
      attack(kind);
    });
  }
}

void Nemesis::heal() {
  const Duration now = world_.scheduler.now();
  for (Server* server : {&world_.store_server, &world_.queue_server, &world_.cache_server})
    reopen(*server, now);
  const auto wake = [&](Process& process) {
    process.held_until = std::min(process.held_until, now + kHeldAfterAll);
    for (Outage* outage : {&process.to_store, &process.to_queue, &process.to_cache})
      reopen(*outage, now);
  };
  for (const auto& each : house_.apis) wake(*each);
  for (const auto& each : house_.workers) wake(*each);
  for (const auto& each : house_.reconciles) wake(*each);
}

Duration Nemesis::some(Duration most) {
  return world_.chance.between(milliseconds(50), most);
}

void Nemesis::attack(Kind kind) {
  if (kind <= Kind::leadership_moved) return attack_server(kind);
  if (kind <= Kind::cache_cut_off) return attack_cache(kind);
  if (kind <= Kind::lease_ran_out) return attack_api(kind);
  if (kind <= Kind::worker_left) return attack_worker(kind);
  attack_reconcile(kind);
}

void Nemesis::attack_server(Kind kind) {
  const Duration now = world_.scheduler.now();
  const auto cut = [&](Outage& outage, Duration most) { outage = {now, now + some(most)}; };
  switch (kind) {
    case Kind::store_down:
      static_cast<Outage&>(world_.store_server) = {now, now + some(seconds(6))};
      world_.lose_what_is_under_way();
      break;
    case Kind::store_set_back:
      if (!world_.set_store_back()) return;
      world_.marks_at_risk = true;
      static_cast<Outage&>(world_.store_server) = {now, now + some(seconds(2))};
      break;
    case Kind::positions_reset:
      world_.database.database().execute("DELETE FROM queue_positions");
      break;
    case Kind::store_cut_off:
      cut(house_.any().to_store, seconds(10));
      break;
    case Kind::queue_down:
      cut(world_.queue_server, seconds(5));
      break;
    case Kind::queue_cut_off:
      cut(house_.any().to_queue, seconds(8));
      break;
    default:
      for (std::int32_t partition = 0; world_.queue.has(partition); ++partition)
        if (world_.chance.one_in(2))
          world_.queue.set_clock(partition,
                                 world_.chance.between(-kServerClockOff, kServerClockOff));
      break;
  }
  world_.count(kind);
  world_.say("nemesis", std::string(name(kind)));
}

void Nemesis::attack_cache(Kind kind) {
  if (!house_.has_shared_cache()) return;
  const Duration now = world_.scheduler.now();
  switch (kind) {
    case Kind::cache_lost_some:
      world_.cache.clear_some(3, static_cast<unsigned>(world_.chance.below(3)));
      break;
    case Kind::cache_cut_off:
      house_.any().to_cache = {now, now + some(seconds(10))};
      break;
    case Kind::cache_down_and_empty:
      static_cast<Outage&>(world_.cache_server) = {now, now + some(seconds(5))};
      [[fallthrough]];
    default:
      world_.cache.clear();
      break;
  }
  world_.marks_at_risk = true;
  world_.count(kind);
  world_.say("nemesis", std::string(name(kind)));
}

void Nemesis::let_a_lease_run_out() {
  const std::shared_ptr<Api> api = house_.apis[world_.chance.below(house_.apis.size())];
  const Duration now = world_.scheduler.now();
  api->to_store = {now, now + kLeaseOfApis + some(seconds(6))};
  api->say("is cut off from the store past its lease");
  world_.scheduler.pause(kLeaseOfApis + milliseconds(10));
  if (!world_.calm && !api->dead() && !api->had_lease()) world_.count(Kind::lease_ran_out);
}

void Nemesis::attack_api(Kind kind) {
  const std::size_t place = world_.chance.below(house_.apis.size());
  const std::shared_ptr<Api> api = house_.apis[place];
  if (api->dead()) return;
  world_.marks_at_risk = true;
  switch (kind) {
    case Kind::api_killed:
      api->kill();
      break;
    case Kind::api_slept:
      api->sleep(world_.chance.one_in(2) ? some(seconds(5)) : kLeaseOfApis + some(seconds(14)));
      break;
    case Kind::api_restarted:
      api->end();
      house_.start_api(place);
      break;
    case Kind::api_clock_jumped:
      api->clock.ahead = world_.chance.between(-kClockOffMost, kClockOffMost);
      break;
    default:
      return let_a_lease_run_out();
  }
  world_.count(kind);
}

void Nemesis::attack_worker(Kind kind) {
  const std::size_t place = world_.chance.below(house_.workers.size());
  WorkerPart& worker = *house_.workers[place];
  switch (kind) {
    case Kind::worker_killed:
      worker.kill();
      break;
    case Kind::worker_slept:
      worker.sleep(kSession + some(seconds(7)));
      break;
    case Kind::worker_joined:
      house_.workers.emplace_back();
      house_.start_worker(house_.workers.size() - 1);
      break;
    default:
      if (house_.workers.size() == 1) return;
      worker.end();
      house_.workers.erase(house_.workers.begin() + static_cast<std::ptrdiff_t>(place));
      break;
  }
  world_.count(kind);
}

void Nemesis::attack_reconcile(Kind kind) {
  ReconcilePart& reconcile = *house_.reconciles[world_.chance.below(house_.reconciles.size())];
  if (kind == Kind::reconcile_killed)
    reconcile.kill();
  else
    reconcile.sleep(some(seconds(10)));
  world_.count(kind);
}

}  // namespace vote::simulated
