#include "queue/kafka/topics.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <thread>

#include "queue/kafka/cluster.h"
#include "queue/kafka/kafka_queue.h"

namespace vote {
namespace kafka {
namespace {

constexpr std::int32_t kReplicas = 3;
constexpr std::int64_t kRetentionMs = std::int64_t{7} * 24 * 3600 * 1000;
// Of a batch: a value of the largest size, its key and headers.
constexpr std::int64_t kBatchBytesMax = std::int64_t{2} * 1'048'576;
// Until every broker has heard of a topic that was made.
constexpr Duration kKnownTimeMax = std::chrono::seconds(15);
constexpr Duration kLookAgain = std::chrono::milliseconds(100);
constexpr std::string_view kAlter =
    ": kafka-configs.sh --alter --entity-type topics --entity-name ";

std::string counted(std::int64_t number, const std::string& what) {
  return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

/// One topic, and what is found about it.
struct Judged {
  const std::string& name;
  const std::vector<PartitionLayout>& layout;
  const std::map<std::string, std::string>& settings;
  TopicFindings& findings;

  std::string value(const std::string& setting) const {
    const auto found = settings.find(setting);
    return found == settings.end() ? "" : found->second;
  }
  std::int64_t number(const std::string& setting, std::int64_t where_unknown) const {
    const std::string text = value(setting);
    std::int64_t number = where_unknown;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
  }
  std::string alter(const std::string& setting) const {
    return std::string(kAlter) + name + " --add-config " + setting;
  }
  void defect(const std::string& what) { findings.defects.push_back("topic " + name + " " + what); }
  void warn(const std::string& what) { findings.warnings.push_back("topic " + name + " " + what); }
};

void judge_partitions(Judged& topic, std::size_t wanted, const std::string& what_to_do) {
  const std::size_t has = topic.layout.size();
  if (has == wanted) return;
  topic.defect("has " + counted(static_cast<std::int64_t>(has), "partition") + ", not " +
               std::to_string(wanted) + ": " + what_to_do);
}

void judge_clock(Judged& topic) {
  if (topic.value("message.timestamp.type") == "LogAppendTime") return;
  topic.defect("stamps messages with their sender's time, and a vote's time must be the queue's" +
               topic.alter("message.timestamp.type=LogAppendTime"));
}

void judge_cleaning(Judged& topic) {
  if (topic.value("cleanup.policy").find("compact") == std::string::npos) return;
  topic.defect("is compacted, which removes messages of the same key" +
               topic.alter("cleanup.policy=delete"));
}

void judge_copies(Judged& topic) {
  std::int32_t replicas = kReplicas;
  for (const PartitionLayout& each : topic.layout) replicas = std::min(replicas, each.replicas);
  const std::int64_t in_sync = topic.number("min.insync.replicas", 1);
  if (replicas < kReplicas)
    topic.warn("has " + counted(replicas, "replica") + " where 3 are advised: " +
               (replicas == 1 ? "votes are lost with the disk of one broker, and while it is away "
                                "none is taken into the queue"
                              : "with one broker away, the next that is lost takes votes with it"));
  else if (in_sync < 2)
    topic.warn("acknowledges a vote that only one broker has: it is lost with that broker" +
               topic.alter("min.insync.replicas=2"));
  if (in_sync >= replicas && replicas > 1)
    topic.warn("takes nothing while any of its brokers is away" +
               topic.alter("min.insync.replicas=" + std::to_string(replicas - 1)));
  if (topic.value("unclean.leader.election.enable") == "true")
    topic.warn("may lose acknowledged votes when a broker that lags behind takes over" +
               topic.alter("unclean.leader.election.enable=false"));
}

void judge_retention(Judged& topic, std::int64_t wanted_ms, const std::string& cost) {
  const std::int64_t kept_ms = topic.number("retention.ms", wanted_ms);
  if (kept_ms >= 0 && (wanted_ms < 0 || kept_ms < wanted_ms))
    topic.warn("keeps messages for " + to_text(std::chrono::milliseconds(kept_ms)) + ": " + cost +
               topic.alter("retention.ms=" + std::to_string(wanted_ms)));
  if (topic.number("retention.bytes", -1) >= 0)
    topic.warn("drops the oldest messages beyond " + topic.value("retention.bytes") +
               " bytes a partition: " + cost + topic.alter("retention.bytes=-1"));
  if (topic.number("max.message.bytes", kBatchBytesMax) < kBatchBytesMax)
    topic.warn("takes messages of at most " + topic.value("max.message.bytes") +
               " bytes: a longer one is refused" +
               topic.alter("max.message.bytes=" + std::to_string(kBatchBytesMax)));
}

std::map<std::string, std::string> settings_to_make(std::int32_t replicas, std::int64_t kept_ms) {
  return {{"message.timestamp.type", "LogAppendTime"},
          {"cleanup.policy", "delete"},
          {"min.insync.replicas", replicas >= kReplicas ? "2" : "1"},
          {"unclean.leader.election.enable", "false"},
          {"retention.ms", std::to_string(kept_ms)},
          {"retention.bytes", "-1"},
          {"max.message.bytes", std::to_string(kBatchBytesMax)}};
}

}  // namespace

TopicFindings judge_topics(const Cluster& cluster, const KafkaSettings& settings) {
  TopicFindings findings;
  for (const std::string& name : {settings.topic, settings.dead_letter_topic}) {
    const auto layout = cluster.layout(name);
    if (!layout) {
      findings.lacks_a_topic = true;
      findings.defects.push_back("there is no topic " + name +
                                 ": make it with votectl queue create");
      continue;
    }
    const auto told = cluster.settings_of(name);
    Judged topic{name, *layout, told, findings};
    const bool of_votes = name == settings.topic;
    judge_partitions(topic, of_votes ? settings.partitions : 1,
                     of_votes ? "set [queue] partitions to what it has, or [queue] topic to another"
                              : "set [queue] dead_letter_topic to another");
    judge_clock(topic);
    judge_cleaning(topic);
    judge_copies(topic);
    if (of_votes)
      judge_retention(topic, kRetentionMs,
                      "votes that the workers have not counted by then are lost, and a store that "
                      "is restored from an older backup misses them");
    else
      judge_retention(topic, -1,
                      "a dead letter that goes before an operator decided holds its poll back");
  }
  return findings;
}

/// Of topics that were just made. Any broker may be asked, and one that has not heard of them yet
/// says that there are none.
TopicFindings judge_made_topics(const Cluster& cluster, const KafkaSettings& settings) {
  const auto end = std::chrono::steady_clock::now() + kKnownTimeMax;
  for (;; std::this_thread::sleep_for(kLookAgain)) {
    const bool is_last = std::chrono::steady_clock::now() >= end;
    try {
      cluster.ends(settings.topic, static_cast<std::int32_t>(settings.partitions));
      cluster.ends(settings.dead_letter_topic, 1);
      TopicFindings findings = judge_topics(cluster, settings);
      if (is_last || !findings.lacks_a_topic) return findings;
    } catch (const KafkaError& error) {
      if (is_last || error.kind() != KafkaError::Kind::unavailable) throw;
    }
  }
}

}  // namespace kafka

std::vector<std::string> make_kafka_topics(const KafkaSettings& settings) {
  using namespace kafka;
  const Cluster cluster(settings);
  const auto replicas =
      static_cast<std::int32_t>(std::min<std::size_t>(cluster.brokers(), kReplicas));
  std::vector<std::string> said;
  bool any_made = false;
  for (const TopicToMake& topic :
       {TopicToMake{settings.topic, static_cast<std::int32_t>(settings.partitions), replicas,
                    settings_to_make(replicas, kRetentionMs)},
        TopicToMake{settings.dead_letter_topic, 1, replicas, settings_to_make(replicas, -1)}}) {
    const bool made = cluster.make(topic);
    any_made = any_made || made;
    said.push_back("topic " + topic.name +
                   (made ? ": made, " + counted(topic.partitions, "partition") + ", " +
                               counted(replicas, "replica")
                         : " was there already"));
  }
  const TopicFindings findings =
      any_made ? judge_made_topics(cluster, settings) : judge_topics(cluster, settings);
  if (!findings.defects.empty())
    throw KafkaError(KafkaError::Kind::unusable,
                     name_of(settings) + ": " + findings.defects.front());
  for (const std::string& warning : findings.warnings) said.push_back("warning: " + warning);
  return said;
}

}  // namespace vote
