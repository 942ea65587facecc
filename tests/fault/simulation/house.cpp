#include "fault/simulation/house.h"

#include <array>

namespace vote::simulated {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kApisMax = 3;
constexpr std::size_t kWorkersMax = 3;
constexpr Duration kLookEvery = milliseconds(700);

}  // namespace

House::House(Environment& world) : world_(world), has_shared_cache_(world.chance.percent(75)) {
  Chance& chance = world.chance;
  apis.resize(1 + chance.below(kApisMax));
  workers.resize(1 + chance.below(kWorkersMax));
  reconciles.resize(chance.one_in(4) ? 2 : 1);
  // Marks of one process are not another's.
  if (!has_shared_cache_ && apis.size() > 1) world.marks_at_risk = true;
  const std::array<std::size_t, 4> sizes{2, 5, 20, 2'000};
  worker_settings_.batch_size = sizes.at(chance.below(sizes.size()));
  worker_settings_.batch_wait = milliseconds(10 * chance.below(2));
}

void House::start() {
  for (std::size_t place = 0; place < apis.size(); ++place) start_api(place);
  for (std::size_t place = 0; place < workers.size(); ++place) start_worker(place);
  for (std::size_t place = 0; place < reconciles.size(); ++place) start_reconcile(place);
}

void House::start_api(std::size_t place) {
  const std::string name = "api-" + std::to_string(place + 1);
  apis.at(place) = std::make_shared<Api>(world_, name, has_shared_cache_);
  all_.push_back(apis[place]);
  apis[place]->say("starts");
  apis[place]->start();
}

void House::start_worker(std::size_t place) {
  const std::string name = "worker-" + std::to_string(place + 1);
  workers.at(place) =
      std::make_shared<WorkerPart>(world_, name, has_shared_cache_, worker_settings_);
  all_.push_back(workers[place]);
  workers[place]->say("starts");
  workers[place]->start();
}

void House::start_reconcile(std::size_t place) {
  const std::string name = "reconcile-" + std::to_string(place + 1);
  reconciles.at(place) = std::make_shared<ReconcilePart>(world_, name, has_shared_cache_);
  all_.push_back(reconciles[place]);
  reconciles[place]->say("starts");
  reconciles[place]->start();
}

Process& House::any() {
  const std::size_t chosen = world_.chance.below(apis.size() + workers.size() + reconciles.size());
  if (chosen < apis.size()) return *apis[chosen];
  const std::size_t further = chosen - apis.size();
  if (further < workers.size()) return *workers[further];
  return *reconciles[further - workers.size()];
}

void House::replace_the_dead() {
  const auto is_due = [&](const Process& process) {
    return process.dead() && (world_.calm || world_.chance.percent(35));
  };
  for (std::size_t place = 0; place < apis.size(); ++place)
    if (is_due(*apis[place])) start_api(place);
  for (std::size_t place = 0; place < workers.size(); ++place)
    if (is_due(*workers[place])) start_worker(place);
  for (std::size_t place = 0; place < reconciles.size(); ++place)
    if (is_due(*reconciles[place])) start_reconcile(place);
}

void House::supervise() {
  world_.scheduler.spawn(host_, [this] {
    while (!over_) {
      world_.scheduler.pause(kLookEvery);
      if (!over_) replace_the_dead();
    }
  });
}

void House::end() {
  over_ = true;
  for (const auto& api : apis) api->end();
  for (const auto& worker : workers) worker->end();
  for (const auto& reconcile : reconciles) reconcile->end();
}

}  // namespace vote::simulated
