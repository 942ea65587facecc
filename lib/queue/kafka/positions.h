#pragma once
// Whether the log is still the one that the store's positions belong to. Internal to queue/kafka/.
#include <optional>
#include <string>
#include <vector>

#include "queue/kafka/settings.h"
#include "queue/queue.h"

namespace vote::kafka {

class Cluster;

/// What does not fit, and what to do; nothing where every position fits: it is within the log, and
/// its last message, where the log still holds it, is the one known. Of a partition that was idle
/// for longer than the topic's retention nothing is left to compare: a topic made again in its
/// place is then told by its end, which is before the position, until as many messages have come,
/// and from then on by the message in the last one's place, unless retention has taken that too.
/// (Brokers give each topic an id, but librdkafka 2.0 does not tell it.) Blocks; throws KafkaError
/// where that cannot be found out.
std::optional<std::string> misfit(const KafkaSettings& settings, const Cluster& cluster,
                                  const std::vector<Position>& positions);

}  // namespace vote::kafka
