#include "queue/kafka/questions.h"

#include <optional>
#include <stdexcept>
#include <utility>

#include "queue/kafka/kafka_queue.h"

namespace vote::kafka {
namespace {

Error unavailable(const std::string& why) {
  return {Code::unavailable, "the queue does not answer now: try again", why};
}

}  // namespace

Questions::Questions(const KafkaSettings& settings, const Cluster& cluster, const Watch& watch,
                     Producer& producer)
    : settings_(settings),
      cluster_(cluster),
      watch_(watch),
      letters_(settings, cluster, producer),
      thread_(KafkaQueue::kQuestionsWaitingMax,
              std::make_exception_ptr(std::runtime_error("too many questions wait already")),
              [this](std::span<Job> jobs) { answer(jobs); }) {}

Questions::~Questions() = default;

void Questions::ask(StatusWish wish) {
  thread_.submit({std::move(wish)});
}
void Questions::ask(ListWish wish) {
  thread_.submit({std::move(wish)});
}
void Questions::ask(RemoveWish wish) {
  thread_.submit({std::move(wish)});
}

void Questions::Job::finished(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    std::visit([&](auto& one) { one.done(unavailable(error.what())); }, wish);
  }
}

template <class T, class Run>
Result<T> Questions::attempt(Run run) {
  if (const auto trouble = watch_.trouble()) return unavailable(trouble->why);
  try {
    return run();
  } catch (const KafkaError& error) {
    return unavailable(error.what());
  }
}

/// In the order of what was asked first of each kind; a state told once serves all who ask.
void Questions::answer(std::span<Job> jobs) {
  std::vector<RemoveWish*> removals;
  std::optional<Result<QueueStatus>> told;
  for (Job& job : jobs)
    if (auto* remove_wish = std::get_if<RemoveWish>(&job.wish)) removals.push_back(remove_wish);
  if (!removals.empty()) remove(removals);
  for (Job& job : jobs) {
    if (auto* list = std::get_if<ListWish>(&job.wish))
      list->done(attempt<std::vector<DeadLetter>>(
          [&] { return letters_.list(list->after, list->limit); }));
    if (auto* asked = std::get_if<StatusWish>(&job.wish)) {
      if (!told) told = status();
      asked->done(*told);
    }
  }
}

void Questions::remove(const std::vector<RemoveWish*>& wishes) {
  std::vector<std::int64_t> ids;
  ids.reserve(wishes.size());
  for (const RemoveWish* wish : wishes) ids.push_back(wish->id);
  const auto removed = attempt<std::vector<Result<bool>>>([&] { return letters_.remove(ids); });
  for (std::size_t i = 0; i < wishes.size(); ++i)
    wishes[i]->done(removed ? (*removed)[i] : Result<bool>(removed.error()));
}

Result<QueueStatus> Questions::status() {
  return attempt<QueueStatus>([this]() -> Result<QueueStatus> {
    const auto partitions = static_cast<std::int32_t>(settings_.partitions);
    const auto ends = cluster_.ends(settings_.topic, partitions);
    const auto committed = cluster_.committed(settings_.topic, partitions);
    const auto layout = cluster_.layout(settings_.topic);
    if (!layout || layout->size() != ends.size())
      return unavailable("topic " + settings_.topic + " is being changed");
    QueueStatus status;
    status.topic = settings_.topic;
    for (std::size_t i = 0; i < ends.size(); ++i)
      status.partitions.push_back({(*layout)[i].partition, ends[i].first, ends[i].end, committed[i],
                                   (*layout)[i].replicas, (*layout)[i].in_sync});
    status.warnings = watch_.warnings();
    status.dead_letters = static_cast<std::int64_t>(letters_.count());
    return status;
  });
}

}  // namespace vote::kafka
