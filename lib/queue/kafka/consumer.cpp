#include "queue/kafka/consumer.h"

#include <algorithm>
#include <utility>

#include "log/log.h"
#include "queue/kafka/message.h"
#include "queue/kafka/positions.h"

namespace vote::kafka {
namespace {

using Steady = std::chrono::steady_clock;

constexpr Duration kGoodbyePoll = std::chrono::milliseconds(50);

Duration left_until(Steady::time_point end) {
  return std::max(std::chrono::duration_cast<Duration>(end - Steady::now()), Duration(0));
}

/// What is unusable is no matter of waiting.
Error refusal_of(const Trouble& trouble) {
  if (trouble.kind == KafkaError::Kind::unusable) return {Code::invalid_input, trouble.why};
  return {Code::unavailable, "the queue does not answer now: try again", trouble.why};
}

Error refusal_of(const KafkaError& error) {
  return refusal_of(Trouble{error.kind(), error.what()});
}

Partitions list_of(const std::string& topic, const std::vector<Position>& positions) {
  Partitions list(rd_kafka_topic_partition_list_new(static_cast<int>(positions.size())));
  for (const Position& position : positions)
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), position.partition)->offset =
        position.next_offset;
  return list;
}

}  // namespace

KafkaConsumer::KafkaConsumer(const KafkaSettings& settings, const Cluster& cluster, Watch& watch)
    : settings_(settings), cluster_(cluster), watch_(watch) {}

KafkaConsumer::~KafkaConsumer() {
  if (client_) leave();
}

void KafkaConsumer::join() {
  Conf conf = conf_of(settings_, {{"group.id", settings_.group},
                                  {"enable.auto.commit", "false"},
                                  {"enable.partition.eof", "false"},
                                  {"auto.offset.reset", "error"},
                                  {"partition.assignment.strategy", "range"},
                                  {"allow.auto.create.topics", "false"}});
  rd_kafka_conf_set_opaque(conf.get(), this);
  rd_kafka_conf_set_rebalance_cb(conf.get(), rebalance);
  client_ = client_of(RD_KAFKA_CONSUMER, std::move(conf), settings_);
  rd_kafka_poll_set_consumer(client_.get());
  const Partitions topics(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(topics.get(), settings_.topic.c_str(), RD_KAFKA_PARTITION_UA);
  if (const auto code = rd_kafka_subscribe(client_.get(), topics.get())) {
    client_.reset();
    throw error_of(code, "topic " + settings_.topic + " on " + name_of(settings_));
  }
}

void KafkaConsumer::leave() {
  if (watch_.ready()) say_goodbye();
  rd_kafka_destroy_flags(client_.release(), RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

/// The brokers may be gone without the watch having noticed, or the group's coordinator alone may
/// be; librdkafka itself would wait for longer than a service manager waits for a worker.
void KafkaConsumer::say_goodbye() {
  if (!uncommitted_.empty())
    rd_kafka_commit(client_.get(), list_of(settings_.topic, uncommitted_).get(), 1);
  const EventQueue events(rd_kafka_queue_new(client_.get()));
  const Failure failure(rd_kafka_consumer_close_queue(client_.get(), events.get()));
  if (failure) return;
  const auto end = Steady::now() + kLeaveMax;
  // Messages and errors that still come are nobody's; rd_kafka_queue_poll_callback, which would run
  // the rebalance callback too, aborts on them.
  while (rd_kafka_consumer_closed(client_.get()) == 0 && Steady::now() < end)
    const MessageHandle unwanted(rd_kafka_consume_queue(events.get(), milliseconds(kGoodbyePoll)));
}

/// Runs within `poll`. The partitions are only read once they are sought: so nothing comes from
/// where the group's offsets, which are for tools, would have it.
void KafkaConsumer::rebalance(rd_kafka_t* client, rd_kafka_resp_err_t code,
                              rd_kafka_topic_partition_list_t* partitions, void* consumer) {
  auto& self = *static_cast<KafkaConsumer*>(consumer);
  self.assigned_.clear();
  self.uncommitted_.clear();
  self.changed_ = true;
  self.sought_ = false;
  if (code != RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    rd_kafka_assign(client, nullptr);
    return;
  }
  for (int i = 0; i < partitions->cnt; ++i)
    self.assigned_.push_back(partitions->elems[i].partition);
  std::sort(self.assigned_.begin(), self.assigned_.end());
  self.read_nothing();
}

void KafkaConsumer::read_nothing() {
  sought_ = false;
  const Partitions none(rd_kafka_topic_partition_list_new(0));
  rd_kafka_assign(client_.get(), none.get());
}

MessageHandle KafkaConsumer::poll(Duration wait) {
  return MessageHandle(rd_kafka_consumer_poll(client_.get(), milliseconds(wait)));
}

/// Of a message that is none, or of brokers that are silent.
Error KafkaConsumer::lose_place(const rd_kafka_message_t* failed) {
  std::string why = "no broker answers";
  if (failed != nullptr) why = rd_kafka_message_errstr(failed);
  if (const auto trouble = watch_.trouble()) why = trouble->why;
  const bool for_good = failed != nullptr && failed->err == RD_KAFKA_RESP_ERR__FATAL;
  watch_.doubt();
  read_nothing();
  if (for_good) {  // joins again with the next call of `assignment`
    leave();
    assigned_.clear();
    changed_ = true;
  }
  return {Code::unavailable, "the queue does not answer now: try again", why};
}

Result<std::optional<std::vector<std::int32_t>>> KafkaConsumer::assignment(Duration wait) {
  using Assigned = std::optional<std::vector<std::int32_t>>;
  if (const auto trouble = watch_.trouble()) return refusal_of(*trouble);
  try {
    if (!client_) join();
  } catch (const KafkaError& error) {
    return refusal_of(error);
  }
  const auto end = Steady::now() + wait;
  // While it reads, `take` is told of a change; a message polled here would be lost.
  while (!changed_ && !sought_) {
    const MessageHandle failed = poll(left_until(end));
    if (failed && failed->err != RD_KAFKA_RESP_ERR_NO_ERROR) return lose_place(failed.get());
    if (Steady::now() >= end) break;
  }
  if (!std::exchange(changed_, false)) return Assigned();
  return Assigned(assigned_);
}

Result<Done> KafkaConsumer::seek(const std::vector<Position>& positions) {
  if (client_) read_nothing();
  if (const auto trouble = watch_.trouble()) return refusal_of(*trouble);
  try {
    if (const auto why = misfit(settings_, cluster_, positions))
      return Error{Code::invalid_input, *why};
  } catch (const KafkaError& error) {
    return refusal_of(error);
  }
  if (!client_) return Done{};
  std::vector<Position> mine;
  for (const Position& position : positions)
    if (std::binary_search(assigned_.begin(), assigned_.end(), position.partition))
      mine.push_back(position);
  if (const auto code = rd_kafka_assign(client_.get(), list_of(settings_.topic, mine).get()))
    return refusal_of(error_of(code, "topic " + settings_.topic));
  sought_ = true;
  return Done{};
}

Result<std::vector<Delivered>> KafkaConsumer::take(std::size_t max, Duration wait) {
  std::vector<Delivered> messages;
  if (changed_) return messages;
  if (!sought_)
    return Error{Code::invalid_input,
                 "nothing is read of topic " + settings_.topic + " before a position is sought"};
  if (const auto committed = commit_if_due(); !committed)
    log::debug("commit_not_noted", {{"reason", for_operator(committed.error())}});
  const auto end = Steady::now() + wait;
  while (messages.size() < max) {
    const MessageHandle message = poll(messages.empty() ? left_until(end) : Duration(0));
    // Another member reads them from now on.
    if (changed_) return std::vector<Delivered>();
    if (message && message->err != RD_KAFKA_RESP_ERR_NO_ERROR) return lose_place(message.get());
    if (!message && (!messages.empty() || Steady::now() >= end)) break;
    if (!message) continue;
    if (const auto stamp = stamp_of(*message)) {
      messages.push_back(delivered_of(*message, *stamp));
      continue;
    }
    // It was acknowledged to nobody: the producer takes no other stamp for an answer.
    log::warn("message_skipped", {{"partition", message->partition},
                                  {"offset", message->offset},
                                  {"reason", "its stamp is not the broker's"}});
  }
  if (messages.empty() && !watch_.ready()) return lose_place(nullptr);
  return messages;
}

Result<Done> KafkaConsumer::commit(const std::vector<Position>& positions) {
  if (!client_ || changed_) return Done{};
  for (const Position& position : positions) {
    std::erase_if(uncommitted_,
                  [&](const Position& each) { return each.partition == position.partition; });
    uncommitted_.push_back(position);
  }
  return commit_if_due();
}

Result<Done> KafkaConsumer::commit_if_due() {
  const auto now = Steady::now();
  if (uncommitted_.empty() || now < next_commit_) return Done{};
  next_commit_ = now + kCommitInterval;
  const auto committed = std::exchange(uncommitted_, {});
  if (const auto code =
          rd_kafka_commit(client_.get(), list_of(settings_.topic, committed).get(), 1))
    return refusal_of(error_of(code, "the group's offsets"));
  return Done{};
}

}  // namespace vote::kafka
