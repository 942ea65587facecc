#include "queue/kafka/watch.h"

#include <algorithm>

#include "log/log.h"
#include "queue/kafka/topics.h"

namespace vote::kafka {

Watch::Watch(const KafkaSettings& settings, const Cluster& cluster)
    : settings_(settings), cluster_(cluster) {
  std::optional<Trouble> trouble;
  try {
    trouble = judge();
  } catch (const KafkaError& error) {
    trouble = Trouble{error.kind(), error.what()};
  }
  if (trouble && trouble->kind == KafkaError::Kind::unusable)
    throw KafkaError(trouble->kind, trouble->why);
  set(std::move(trouble));
}

Watch::~Watch() {
  stop();
}

void Watch::start(std::function<void()> each_time) {
  each_time_ = std::move(each_time);
  thread_ = std::thread([this] { run(); });
}

void Watch::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

std::optional<Trouble> Watch::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

std::vector<std::string> Watch::warnings() const {
  const std::lock_guard lock(mutex_);
  return warnings_;
}

void Watch::lost(const std::string& why) {
  set(Trouble{KafkaError::Kind::unavailable, name_of(settings_) + ": " + why});
  doubt();
}

void Watch::doubt() {
  {
    const std::lock_guard lock(mutex_);
    doubted_ = true;
  }
  changed_.notify_one();
}

void Watch::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    changed_.wait_for(lock, kDoubtInterval, [this] { return stopping_; });
    changed_.wait_for(lock, kLookInterval, [this] { return stopping_ || doubted_; });
    if (stopping_) return;
    if (doubted_) judged_us_ = 0;
    doubted_ = false;
    lock.unlock();
    look();
    each_time_();
    lock.lock();
  }
}

void Watch::look() {
  try {
    const auto layout = cluster_.layout(settings_.topic);
    heard();
    const bool as_known = ready() && layout && layout->size() == settings_.partitions;
    if (!as_known || now_us() - judged_us_ > kJudgeInterval.count()) set(judge());
  } catch (const KafkaError& error) {
    const bool silent = now_us() - heard_us_ > kSilenceMax.count();
    if (!ready() || silent || error.kind() == KafkaError::Kind::unusable)
      set(Trouble{error.kind(), error.what()});
  }
}

/// What makes the topics unusable, if anything does.
std::optional<Trouble> Watch::judge() {
  TopicFindings findings = judge_topics(cluster_, settings_);
  heard();
  judged_us_ = now_us();
  if (!findings.defects.empty())
    return Trouble{KafkaError::Kind::unusable,
                   name_of(settings_) + ": " + findings.defects.front()};
  const std::lock_guard lock(mutex_);
  // No event, and no matter for the stderr of each tool that is run by hand.
  for (const std::string& warning : findings.warnings)
    if (std::find(warnings_.begin(), warnings_.end(), warning) == warnings_.end())
      log::info("topic_at_risk", {{"reason", warning}});
  warnings_ = std::move(findings.warnings);
  return std::nullopt;
}

/// Says so where that is new.
void Watch::set(std::optional<Trouble> trouble) {
  const std::lock_guard lock(mutex_);
  const bool news =
      trouble.has_value() != trouble_.has_value() || (trouble && trouble->kind != trouble_->kind);
  trouble_ = std::move(trouble);
  ready_ = !trouble_;
  if (!news) return;
  if (trouble_)
    log::warn("queue_unreachable", {{"reason", trouble_->why}});
  else
    log::info("queue_reachable", {{"brokers", settings_.brokers}});
}

std::int64_t Watch::now_us() {
  return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace vote::kafka
