#include "contract/queue/fixture.h"

#include <chrono>
#include <iterator>
#include <stdexcept>

namespace vote::test {
namespace {

using Steady = std::chrono::steady_clock;

template <class T>
T value_of(Result<T> result) {
  if (!result) throw std::runtime_error(for_operator(result.error()));
  return std::move(*result);
}

}  // namespace

Message QueueFixture::message(std::string value) {
  return {new_id<UserId>(), std::move(value), {}};
}

AppendResult QueueFixture::try_append(Queue& to, Message message) {
  return wait_for<AppendResult>([&](auto done) { to.append(std::move(message), std::move(done)); });
}

Appended QueueFixture::append(Queue& to, Message message) {
  const auto result = try_append(to, std::move(message));
  if (const auto* failure = std::get_if<AppendFailure>(&result))
    throw std::runtime_error(failure->detail);
  return std::get<Appended>(result);
}

std::vector<std::int32_t> QueueFixture::join(Consumer& consumer) {
  for (const auto end = Steady::now() + kPatience; Steady::now() < end;) {
    const auto told = value_of(consumer.assignment(kNothingComes));
    if (told && !told->empty()) return *told;
  }
  throw std::runtime_error("not assigned");
}

std::unique_ptr<Consumer> QueueFixture::reader(Queue& from) const {
  auto consumer = from.consumer();
  std::vector<Position> beginning;
  for (const std::int32_t partition : join(*consumer)) beginning.push_back(position(partition, 0));
  value_of(consumer->seek(beginning));
  return consumer;
}

Position QueueFixture::position(std::int32_t partition, std::int64_t next) const {
  return {world->topic(), partition, next, std::nullopt, 0};
}

Position QueueFixture::after(const Delivered& last) const {
  return {world->topic(), last.partition, last.offset + 1, last.stamp,
          message_digest(last.message.value)};
}

std::vector<Position> QueueFixture::with_others(const Position& position) const {
  std::vector<Position> positions;
  for (const PartitionStatus& each : status(*queue).partitions)
    positions.push_back(each.partition == position.partition ? position
                                                             : this->position(each.partition, 0));
  return positions;
}

std::vector<Delivered> QueueFixture::take(Consumer& consumer, std::size_t count) {
  std::vector<Delivered> taken;
  const auto end = Steady::now() + kPatience;
  while (taken.size() < count && Steady::now() < end) {
    auto some = value_of(consumer.take(count - taken.size(), kNothingComes));
    std::move(some.begin(), some.end(), std::back_inserter(taken));
  }
  if (taken.size() < count)
    throw std::runtime_error("only " + std::to_string(taken.size()) + " of " +
                             std::to_string(count) + " came");
  return taken;
}

bool QueueFixture::nothing_comes(Consumer& consumer) {
  return value_of(consumer.take(1, kNothingComes)).empty();
}

QueueStatus QueueFixture::status(Queue& of) {
  return value_of(wait_for<Result<QueueStatus>>([&](auto done) { of.status(std::move(done)); }));
}

std::vector<DeadLetter> QueueFixture::letters(Queue& of, std::int64_t from, std::size_t limit) {
  return value_of(wait_for<Result<std::vector<DeadLetter>>>(
      [&](auto done) { of.dead_letters(from, limit, std::move(done)); }));
}

bool QueueFixture::remove(Queue& from, std::int64_t id) {
  return value_of(
      wait_for<Result<bool>>([&](auto done) { from.remove_dead_letter(id, std::move(done)); }));
}

Message QueueFixture::poison_from(std::int64_t offset, std::string value) {
  Message poison = message(std::move(value));
  poison.headers = {{std::string(kErrorHeader), "malformed"},
                    {std::string(kOriginalTopicHeader), "votes"},
                    {std::string(kOriginalPartitionHeader), "0"},
                    {std::string(kOriginalOffsetHeader), std::to_string(offset)}};
  return poison;
}

void QueueFixture::bury(Queue& to, Message message) {
  value_of(wait_for<Result<Done>>(
      [&](auto done) { to.add_dead_letter(std::move(message), std::move(done)); }));
}

}  // namespace vote::test
