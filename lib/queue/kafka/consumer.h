#pragma once
// One member of the group vote-processors: the group hands out partitions,
// the store's positions say where to read. Internal to queue/kafka/.
#include <vector>

#include "queue/kafka/cluster.h"
#include "queue/kafka/watch.h"
#include "queue/queue.h"

namespace vote::kafka {

class KafkaConsumer final : public Consumer {
 public:
  // Only tools look at what was committed.
  static constexpr Duration kCommitInterval = std::chrono::seconds(1);
  // Whoever has no answer by then goes without: the group finds out by its session timeout.
  static constexpr Duration kLeaveMax = std::chrono::seconds(3);

  /// Joins the group with the first call of `assignment`: who only seeks disturbs nobody.
  KafkaConsumer(const KafkaSettings& settings, const Cluster& cluster, Watch& watch);
  /// Leaves the group, where the brokers answer within kLeaveMax, so that another takes over at
  /// once.
  ~KafkaConsumer() override;
  KafkaConsumer(const KafkaConsumer&) = delete;

  Result<std::optional<std::vector<std::int32_t>>> assignment(Duration wait) override;
  Result<Done> seek(const std::vector<Position>& positions) override;
  Result<std::vector<Delivered>> take(std::size_t max, Duration wait) override;
  Result<Done> commit(const std::vector<Position>& positions) override;

 private:
  void join();
  void leave();
  void say_goodbye();
  MessageHandle poll(Duration wait);
  Error lose_place(const rd_kafka_message_t* failed);
  Result<Done> commit_if_due();
  void read_nothing();
  static void rebalance(rd_kafka_t* client, rd_kafka_resp_err_t code,
                        rd_kafka_topic_partition_list_t* partitions, void* consumer);

  const KafkaSettings& settings_;
  const Cluster& cluster_;
  Watch& watch_;
  Client client_;                       // null: not a member
  std::vector<std::int32_t> assigned_;  // in order
  bool changed_ = false;                // and not told yet
  bool sought_ = false;                 // and reading from there
  std::vector<Position> uncommitted_;   // the last of each partition
  std::chrono::steady_clock::time_point next_commit_;
};

}  // namespace vote::kafka
