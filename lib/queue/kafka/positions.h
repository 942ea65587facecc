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
/// its last message is the one known. Blocks; throws KafkaError where that cannot be found out.
std::optional<std::string> misfit(const KafkaSettings& settings, const Cluster& cluster,
                                  const std::vector<Position>& positions);

}  // namespace vote::kafka
