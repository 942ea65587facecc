#include "simulated/queue.h"

#include <algorithm>
#include <utility>

namespace vote::simulated {
namespace {

std::string header(const Message& message, std::string_view name) {
  for (const auto& [key, value] : message.headers)
    if (key == name) return value;
  return "";
}

/// Empty: it does not say where it came from.
std::string origin_of(const Message& message) {
  std::string topic = header(message, kOriginalTopicHeader);
  if (topic.empty()) return topic;
  return topic + '/' + header(message, kOriginalPartitionHeader) + '/' +
         header(message, kOriginalOffsetHeader);
}

}  // namespace

MemoryQueue::MemoryQueue(std::string topic, std::size_t partitions, const Clock& clock)
    : topic_(std::move(topic)), clock_(clock), logs_(partitions) {}

std::int64_t MemoryQueue::end_of(const Log& log) const {
  return log.first + static_cast<std::int64_t>(log.messages.size());
}

std::int32_t MemoryQueue::partition_of(UserId key) const {
  return static_cast<std::int32_t>(message_digest(key.raw()) % logs_.size());
}

AppendResult MemoryQueue::append_now(std::int32_t partition, Message message) {
  const std::lock_guard lock(mutex_);
  if (!has(partition)) return AppendFailure{false, "there is no such partition"};
  if (message.value.size() > kMessageBytesMax) return AppendFailure{false, "it is too large"};
  Log& log = logs_[static_cast<std::size_t>(partition)];
  const Appended place{partition, end_of(log), clock_.now() + log.ahead};
  log.messages.push_back({partition, place.offset, place.stamp, std::move(message)});
  return place;
}

void MemoryQueue::append(Message message, Completion<AppendResult> done) {
  const std::int32_t partition = partition_of(message.key);
  done(append_now(partition, std::move(message)));
}

void MemoryQueue::append_to(std::int32_t partition, Message message,
                            Completion<AppendResult> done) {
  done(append_now(partition, std::move(message)));
}

void MemoryQueue::set_clock(std::int32_t partition, Duration ahead) {
  const std::lock_guard lock(mutex_);
  logs_.at(static_cast<std::size_t>(partition)).ahead = ahead;
}

void MemoryQueue::drop_up_to(std::int32_t partition, std::int64_t offset) {
  const std::lock_guard lock(mutex_);
  Log& log = logs_.at(static_cast<std::size_t>(partition));
  const std::int64_t gone = std::clamp<std::int64_t>(
      offset + 1 - log.first, 0, static_cast<std::int64_t>(log.messages.size()));
  log.messages.erase(log.messages.begin(), log.messages.begin() + gone);
  log.first += gone;
}

bool MemoryQueue::holds(const std::function<bool(const Delivered&)>& is_it) const {
  const std::lock_guard lock(mutex_);
  return std::any_of(logs_.begin(), logs_.end(), [&](const Log& log) {
    return std::any_of(log.messages.begin(), log.messages.end(), is_it);
  });
}

std::unique_ptr<Consumer> MemoryQueue::consumer() {
  return std::make_unique<MemoryConsumer>(*this);
}

void MemoryQueue::add_dead_letter(Message message, Completion<Result<Done>> done) {
  {
    const std::lock_guard lock(mutex_);
    const std::string origin = origin_of(message);
    const bool known =
        !origin.empty() &&
        std::any_of(letters_.begin(), letters_.end(), [&](const DeadLetter& letter) {
          return letter.message.value == message.value && origin_of(letter.message) == origin;
        });
    if (!known) letters_.push_back({++last_letter_, clock_.now(), std::move(message)});
  }
  done(Done{});
}

void MemoryQueue::dead_letters(std::int64_t after, std::size_t limit,
                               Completion<Result<std::vector<DeadLetter>>> done) {
  std::vector<DeadLetter> page;
  {
    const std::lock_guard lock(mutex_);
    for (const DeadLetter& letter : letters_)
      if (letter.id > after && page.size() < limit) page.push_back(letter);
  }
  done(std::move(page));
}

void MemoryQueue::remove_dead_letter(std::int64_t id, Completion<Result<bool>> done) {
  bool was_there = false;
  {
    const std::lock_guard lock(mutex_);
    was_there = std::erase_if(letters_, [&](const DeadLetter& each) { return each.id == id; }) > 0;
  }
  done(was_there);
}

void MemoryQueue::status(Completion<Result<QueueStatus>> done) {
  QueueStatus status;
  status.topic = topic_;
  {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < logs_.size(); ++i)
      status.partitions.push_back({static_cast<std::int32_t>(i), logs_[i].first, end_of(logs_[i]),
                                   logs_[i].committed, 1, 1});
    status.dead_letters = static_cast<std::int64_t>(letters_.size());
  }
  done(std::move(status));
}

MemoryQueue::Member MemoryQueue::join() {
  const std::lock_guard lock(mutex_);
  members_[++last_member_] = {};
  share();
  return last_member_;
}

void MemoryQueue::put_out(Member member) {
  const std::lock_guard lock(mutex_);
  if (members_.erase(member) > 0) share();
}

/// Deals the partitions out in turn.
void MemoryQueue::share() {
  std::size_t place = 0;
  for (auto& [member, membership] : members_) {
    std::vector<std::int32_t> own;
    for (std::size_t i = place; i < logs_.size(); i += members_.size())
      own.push_back(static_cast<std::int32_t>(i));
    if (own != membership.partitions) membership.told = false;
    membership.partitions = std::move(own);
    ++place;
  }
}

std::optional<std::vector<std::int32_t>> MemoryQueue::news_for(Member& member) {
  const std::lock_guard lock(mutex_);
  if (!members_.contains(member)) {
    member = ++last_member_;
    members_[member] = {};
    share();
  }
  Membership& membership = members_.at(member);
  if (std::exchange(membership.told, true)) return std::nullopt;
  return membership.partitions;
}

Result<Done> MemoryQueue::check(const Position& position) const {
  const std::lock_guard lock(mutex_);
  const auto wrong = [&](const std::string& what) {
    return Error{Code::invalid_input, "partition " + std::to_string(position.partition) + " of " +
                                          topic_ + ' ' + what + ' ' +
                                          std::to_string(position.next_offset)};
  };
  if (!has(position.partition)) return wrong("is not there:");
  const Log& log = logs_[static_cast<std::size_t>(position.partition)];
  const std::int64_t next = position.next_offset;
  // Behind what was dropped: the messages in between would be passed over.
  if (next > end_of(log) || next < log.first) return wrong("does not hold offset");
  if (!position.last_stamp) return Done{};
  if (next == log.first) return wrong("does not hold the message before offset");
  const Delivered& last = log.messages[static_cast<std::size_t>(next - 1 - log.first)];
  const bool is_known = last.stamp == *position.last_stamp &&
                        message_digest(last.message.value) == position.last_digest;
  return is_known ? Result<Done>(Done{}) : wrong("holds another message before offset");
}

std::vector<Delivered> MemoryQueue::read(std::int32_t partition, std::int64_t offset,
                                         std::size_t max) const {
  const std::lock_guard lock(mutex_);
  const Log& log = logs_.at(static_cast<std::size_t>(partition));
  std::vector<Delivered> messages;
  for (std::int64_t at = std::max(offset, log.first); at < end_of(log) && messages.size() < max;
       ++at)
    messages.push_back(log.messages[static_cast<std::size_t>(at - log.first)]);
  return messages;
}

void MemoryQueue::note_committed(const std::vector<Position>& positions) {
  const std::lock_guard lock(mutex_);
  for (const Position& position : positions)
    logs_.at(static_cast<std::size_t>(position.partition)).committed = position.next_offset;
}

Result<std::optional<std::vector<std::int32_t>>> MemoryConsumer::assignment(Duration /*wait*/) {
  auto news = queue_.news_for(member_);
  if (news) next_.clear();
  return news;
}

Result<Done> MemoryConsumer::seek(const std::vector<Position>& positions) {
  next_.clear();
  for (const Position& position : positions)
    if (const auto checked = queue_.check(position); !checked) return checked;
  for (const Position& position : positions) next_[position.partition] = position.next_offset;
  return Done{};
}

Result<std::vector<Delivered>> MemoryConsumer::take(std::size_t max, Duration /*wait*/) {
  std::vector<Delivered> taken;
  for (auto& [partition, next] : next_) {
    auto some = queue_.read(partition, next, max - taken.size());
    if (!some.empty()) next = some.back().offset + 1;
    std::move(some.begin(), some.end(), std::back_inserter(taken));
  }
  return taken;
}

Result<Done> MemoryConsumer::commit(const std::vector<Position>& positions) {
  queue_.note_committed(positions);
  return Done{};
}

}  // namespace vote::simulated
