#include "queue/kafka/cluster.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

namespace vote::kafka {
namespace {

using Metadata = std::unique_ptr<const rd_kafka_metadata_t, Freed<rd_kafka_metadata_destroy>>;
using Options = std::unique_ptr<rd_kafka_AdminOptions_t, Freed<rd_kafka_AdminOptions_destroy>>;
using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, Freed<rd_kafka_NewTopic_destroy>>;
using Resource = std::unique_ptr<rd_kafka_ConfigResource_t, Freed<rd_kafka_ConfigResource_destroy>>;

Partitions partitions_of(const std::string& topic, std::int32_t partitions) {
  Partitions list(rd_kafka_topic_partition_list_new(partitions));
  for (std::int32_t partition = 0; partition < partitions; ++partition)
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition);
  return list;
}

constexpr Duration kLookAgain = std::chrono::milliseconds(20);

/// Where another broker leads a partition by now, or soon will.
bool is_elsewhere(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION ||
         code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE ||
         code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ||
         code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
}

/// In order of partition.
std::vector<rd_kafka_topic_partition_t> sorted(const rd_kafka_topic_partition_list_t& list) {
  std::vector<rd_kafka_topic_partition_t> elements(list.elems, list.elems + list.cnt);
  std::sort(elements.begin(), elements.end(),
            [](const auto& left, const auto& right) { return left.partition < right.partition; });
  return elements;
}

}  // namespace

Cluster::Cluster(const KafkaSettings& settings) : settings_(settings) {
  // The admin request for a group's offsets crashes librdkafka 2.0.2 while the group's coordinator
  // is being elected; a client that is of the group itself can ask.
  Conf conf =
      conf_of(settings, {{"allow.auto.create.topics", "false"}, {"group.id", settings.group}});
  rd_kafka_conf_set_opaque(conf.get(), this);
  rd_kafka_conf_set_error_cb(conf.get(), note);
  client_ = client_of(RD_KAFKA_CONSUMER, std::move(conf), settings);
}

void Cluster::note(rd_kafka_t* /*client*/, int /*code*/, const char* words, void* cluster) {
  auto& self = *static_cast<Cluster*>(cluster);
  const std::lock_guard lock(self.mutex_);
  self.last_words_ = words;
}

/// With what the connections said meanwhile, where no broker answers.
KafkaError Cluster::error_of(rd_kafka_resp_err_t code, const std::string& what) const {
  KafkaError error = kafka::error_of(code, what);
  rd_kafka_poll(client_.get(), 0);
  const std::lock_guard lock(mutex_);
  const bool unreached = code == RD_KAFKA_RESP_ERR__TIMED_OUT ||
                         code == RD_KAFKA_RESP_ERR__TRANSPORT ||
                         code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
  if (!unreached || last_words_.empty()) return error;
  return {error.kind(), error.what() + (" (" + last_words_ + ")")};
}

std::string Cluster::of(const std::string& topic) const {
  return "topic " + topic + " on " + name_of(settings_);
}

std::size_t Cluster::brokers() const {
  const rd_kafka_metadata_t* told = nullptr;
  if (const auto code =
          rd_kafka_metadata(client_.get(), 1, nullptr, &told, milliseconds(kRequestTimeMax)))
    throw error_of(code, name_of(settings_));
  return static_cast<std::size_t>(Metadata(told)->broker_cnt);
}

std::optional<std::vector<PartitionLayout>> Cluster::layout(const std::string& topic) const {
  const Topic handle(rd_kafka_topic_new(client_.get(), topic.c_str(), nullptr));
  const rd_kafka_metadata_t* told = nullptr;
  if (const auto code =
          rd_kafka_metadata(client_.get(), 0, handle.get(), &told, milliseconds(kRequestTimeMax)))
    throw error_of(code, name_of(settings_));
  const Metadata metadata(told);
  if (metadata->topic_cnt != 1) return std::nullopt;
  const rd_kafka_metadata_topic_t& found = metadata->topics[0];
  if (found.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) return std::nullopt;
  if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR) throw error_of(found.err, of(topic));
  std::vector<PartitionLayout> layout;
  for (int i = 0; i < found.partition_cnt; ++i) {
    const auto& each = found.partitions[i];
    layout.push_back({each.id, each.replica_cnt, each.isr_cnt});
  }
  std::sort(layout.begin(), layout.end(),
            [](const auto& left, const auto& right) { return left.partition < right.partition; });
  return layout;
}

/// Asks through the admin interface and waits for the answer.
template <class Start>
Event Cluster::ask(rd_kafka_admin_op_t request, const std::string& what, Start start) const {
  const Options options(rd_kafka_AdminOptions_new(client_.get(), request));
  std::array<char, 512> words{};
  rd_kafka_AdminOptions_set_request_timeout(options.get(), milliseconds(kRequestTimeMax),
                                            words.data(), words.size());
  const EventQueue queue(rd_kafka_queue_new(client_.get()));
  start(options.get(), queue.get());
  // The request ends by itself; the second is for librdkafka to say so.
  Event event(
      rd_kafka_queue_poll(queue.get(), milliseconds(kRequestTimeMax + std::chrono::seconds(1))));
  if (!event) throw KafkaError(KafkaError::Kind::unavailable, what + ": no answer");
  if (const auto code = rd_kafka_event_error(event.get())) throw error_of(code, what);
  return event;
}

std::map<std::string, std::string> Cluster::settings_of(const std::string& topic) const {
  const Resource wanted(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
  const Event event =
      ask(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, of(topic), [&](const auto* options, auto* queue) {
        rd_kafka_ConfigResource_t* resource = wanted.get();
        rd_kafka_DescribeConfigs(client_.get(), &resource, 1, options, queue);
      });
  std::size_t count = 0;
  const auto* const* resources = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(event.get()), &count);
  if (count != 1) throw KafkaError(KafkaError::Kind::unavailable, of(topic) + ": no settings told");
  if (const auto code = rd_kafka_ConfigResource_error(resources[0]))
    throw error_of(code, of(topic));
  const auto** entries = rd_kafka_ConfigResource_configs(resources[0], &count);
  std::map<std::string, std::string> settings;
  for (std::size_t i = 0; i < count; ++i)
    if (const char* value = rd_kafka_ConfigEntry_value(entries[i]))
      settings[rd_kafka_ConfigEntry_name(entries[i])] = value;
  return settings;
}

bool Cluster::make(const TopicToMake& topic) const {
  std::array<char, 512> words{};
  const NewTopic wanted(rd_kafka_NewTopic_new(topic.name.c_str(), topic.partitions, topic.replicas,
                                              words.data(), words.size()));
  if (!wanted) throw KafkaError(KafkaError::Kind::unusable, of(topic.name) + ": " + words.data());
  for (const auto& [name, value] : topic.settings)
    rd_kafka_NewTopic_set_config(wanted.get(), name.c_str(), value.c_str());
  const Event event =
      ask(RD_KAFKA_ADMIN_OP_CREATETOPICS, of(topic.name), [&](const auto* options, auto* queue) {
        rd_kafka_NewTopic_t* made = wanted.get();
        rd_kafka_CreateTopics(client_.get(), &made, 1, options, queue);
      });
  std::size_t count = 0;
  const auto* const* results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  const auto code =
      count == 1 ? rd_kafka_topic_result_error(results[0]) : RD_KAFKA_RESP_ERR_UNKNOWN;
  if (code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) return false;
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    const char* why = count == 1 ? rd_kafka_topic_result_error_string(results[0]) : nullptr;
    throw KafkaError(error_of(code, "").kind(),
                     of(topic.name) + " cannot be made: " + (why ? why : rd_kafka_err2str(code)));
  }
  return true;
}

/// Asks the leaders that librdkafka remembers.
rd_kafka_resp_err_t Cluster::ask_offsets(rd_kafka_topic_partition_list_t& list,
                                         std::int64_t which) const {
  // librdkafka hands these on as the "times" that stand for the log's two ends.
  for (int i = 0; i < list.cnt; ++i) list.elems[i].offset = which;
  if (const auto code =
          rd_kafka_offsets_for_times(client_.get(), &list, milliseconds(kRequestTimeMax)))
    return code;
  for (int i = 0; i < list.cnt; ++i)
    if (list.elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR) return list.elems[i].err;
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

std::vector<std::int64_t> Cluster::offsets(const std::string& topic, std::int32_t partitions,
                                           std::int64_t which) const {
  const Partitions list = partitions_of(topic, partitions);
  const auto end = std::chrono::steady_clock::now() + kRequestTimeMax;
  for (;;) {
    const auto code = ask_offsets(*list, which);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) break;
    if (!is_elsewhere(code) || std::chrono::steady_clock::now() >= end)
      throw error_of(code, of(topic));
    std::this_thread::sleep_for(kLookAgain);
    layout(topic);  // librdkafka remembers the leaders that this tells
  }
  std::vector<std::int64_t> found;
  for (const auto& each : sorted(*list)) found.push_back(each.offset);
  return found;
}

std::vector<Cluster::Ends> Cluster::ends(const std::string& topic, std::int32_t partitions) const {
  const auto first = offsets(topic, partitions, RD_KAFKA_OFFSET_BEGINNING);
  const auto end = offsets(topic, partitions, RD_KAFKA_OFFSET_END);
  std::vector<Ends> ends;
  for (std::size_t i = 0; i < end.size(); ++i) ends.push_back({first.at(i), end[i]});
  return ends;
}

std::vector<std::int64_t> Cluster::committed(const std::string& topic,
                                             std::int32_t partitions) const {
  const Partitions list = partitions_of(topic, partitions);
  if (const auto code =
          rd_kafka_committed(client_.get(), list.get(), milliseconds(kRequestTimeMax)))
    throw error_of(code, "group " + settings_.group + " on " + name_of(settings_));
  std::vector<std::int64_t> committed;
  for (const auto& each : sorted(*list))
    committed.push_back(std::max<std::int64_t>(each.offset, 0));
  return committed;
}

}  // namespace vote::kafka
