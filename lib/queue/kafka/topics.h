#pragma once
// The two topics of the queue: how they must be, how they should be, and making them.
#include <string>
#include <vector>

#include "queue/kafka/settings.h"

namespace vote {

/// Makes the topic of votes and the one of dead letters where they are not there; of one that is,
/// changes nothing. A line for each and for each warning. Throws KafkaError: no broker answers, or
/// a topic cannot be made or used as it is. Blocks.
std::vector<std::string> make_kafka_topics(const KafkaSettings& settings);

namespace kafka {

class Cluster;

/// As a sentence each: which topic, what it costs, what to do.
struct TopicFindings {
  std::vector<std::string> defects;   // votes would be lost or stamped wrongly
  std::vector<std::string> warnings;  // less safe than it could be
  bool lacks_a_topic = false;         // for all that the broker knows which was asked
};

/// Throws KafkaError where that cannot be found out.
TopicFindings judge_topics(const Cluster& cluster, const KafkaSettings& settings);

}  // namespace kafka
}  // namespace vote
