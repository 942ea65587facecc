#include "http/topic.h"

#include <array>
#include <boost/asio/post.hpp>
#include <boost/intrusive/list.hpp>
#include <charconv>
#include <utility>

#include "http/watch.h"
#include "http/watcher.h"

namespace vote::http {

Event::Event(std::uint64_t number, std::string_view id, std::string_view text, bool last)
    : number_(number), last_(last), text_bytes_(text.size()) {
  constexpr std::string_view kId = "id: ";
  constexpr std::string_view kData = "\ndata: ";
  constexpr std::string_view kEnd = "\n\n";
  block_bytes_ = kId.size() + id.size() + kData.size() + text.size() + kEnd.size();
  std::array<char, 16> digits;
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), block_bytes_, 16).ptr;
  chunk_.reserve(block_bytes_ + 24);
  chunk_.append(digits.data(), end).append("\r\n");
  block_at_ = chunk_.size();
  chunk_.append(kId).append(id).append(kData);
  text_at_ = chunk_.size();
  chunk_.append(text).append(kEnd).append("\r\n");
}

Subscription::Subscription(std::shared_ptr<Topic> topic) : topic_(std::move(topic)) {
  ++topic_->subscribers_;
}

Subscription::~Subscription() {
  if (topic_) --topic_->subscribers_;
}

/// Those of one worker. The list is touched on that worker's thread alone.
struct Topic::Audience {
  bool called = false;  // under the topic's mutex
  boost::intrusive::list<Watcher, boost::intrusive::base_hook<ListHook>,
                         boost::intrusive::constant_time_size<false>>
      watchers;
};

void Topic::publish(EventPtr event) {
  const std::lock_guard lock(mutex_);
  newest_ = std::move(event);
  call_all();
}

void Topic::end(const Ending& ending) {
  const std::lock_guard lock(mutex_);
  ending_ = ending;
  call_all();
}

// A worker is there as long as one of its watchers has not left, which takes the mutex.
void Topic::call_all() {
  for (const auto& [worker, audience] : audiences_) {
    if (std::exchange(audience->called, true)) continue;
    boost::asio::post(
        worker->io, [self = shared_from_this(), audience = audience] { self->deliver(*audience); });
  }
}

void Topic::deliver(Audience& audience) {
  EventPtr newest;
  std::optional<Ending> ending;
  {
    const std::lock_guard lock(mutex_);
    audience.called = false;
    newest = newest_;
    ending = ending_;
  }
  for (Watcher& watcher : audience.watchers) {
    if (newest) watcher.tell(newest);
    if (ending) watcher.end(*ending);
  }
}

void Topic::join(Worker& worker, Watcher& watcher) {
  const std::lock_guard lock(mutex_);
  auto& audience = audiences_[&worker];
  if (!audience) audience = std::make_shared<Audience>();
  audience->watchers.push_back(watcher);
  if (newest_) watcher.tell(newest_);
  if (ending_) watcher.end(*ending_);
}

void Topic::leave(Worker& worker, Watcher& watcher) {
  const std::lock_guard lock(mutex_);
  watcher.unlink();
  if (const auto found = audiences_.find(&worker); found->second->watchers.empty())
    audiences_.erase(found);
}

}  // namespace vote::http
