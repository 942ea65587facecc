#pragma once
// What the tests of the queue port do with a queue, whatever is behind it: each call is answered,
// and a call that fails fails the test. Of one voter's messages all are in one partition.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "contract/queue/backend.h"
#include "runtime/blocking.h"
#include "world/votes.h"

namespace vote::test {

class QueueFixture : public testing::Test {
 protected:
  // For what must come; and after which nothing comes any more.
  static constexpr Duration kPatience = std::chrono::seconds(20);
  static constexpr Duration kNothingComes = std::chrono::milliseconds(300);

  explicit QueueFixture(std::unique_ptr<QueueWorld> of) : world(std::move(of)) {
    queue = world->open();
  }

  /// Of a voter of its own.
  static Message message(std::string value);
  /// Of one and the same voter.
  Message again(std::string value) const { return {voter_, std::move(value), {}}; }
  static AppendResult try_append(Queue& to, Message message);
  static Appended append(Queue& to, Message message);

  /// The partitions that it is given sooner or later.
  static std::vector<std::int32_t> join(Consumer& consumer);
  /// A consumer that reads from the beginning of everything.
  std::unique_ptr<Consumer> reader(Queue& from) const;
  Position position(std::int32_t partition, std::int64_t next) const;
  Position after(const Delivered& last) const;
  /// Of all partitions: this one, of the others the beginning.
  std::vector<Position> with_others(const Position& position) const;
  Result<Done> seek(Consumer& consumer, const Position& position) const {
    return consumer.seek(with_others(position));
  }
  /// As many as that, in the order in which they come.
  static std::vector<Delivered> take(Consumer& consumer, std::size_t count);
  static bool nothing_comes(Consumer& consumer);

  static QueueStatus status(Queue& of);
  static std::vector<DeadLetter> letters(Queue& of, std::int64_t from, std::size_t limit);
  static bool remove(Queue& from, std::int64_t id);
  static Message poison_from(std::int64_t offset, std::string value);
  static void bury(Queue& to, Message message);

  std::unique_ptr<QueueWorld> world;
  std::unique_ptr<Queue> queue;

 private:
  const UserId voter_ = new_id<UserId>();
};

class QueueContract : public QueueFixture, public testing::WithParamInterface<QueueBackend> {
 protected:
  QueueContract() : QueueFixture(GetParam().make()) {}
};

}  // namespace vote::test
