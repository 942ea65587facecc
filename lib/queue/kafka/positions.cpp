#include "queue/kafka/positions.h"

#include <map>

#include "queue/kafka/cluster.h"
#include "queue/kafka/log_reader.h"
#include "queue/kafka/message.h"

namespace vote::kafka {
namespace {

/// The last message of each position whose log still holds it, by partition; nothing where the log
/// ends before it.
using LastMessages = std::map<std::int32_t, std::optional<Delivered>>;

/// Whether the last message is there to be compared. Kafka drops what is older than retention.ms,
/// also all of a partition to which nothing has come for so long: then the next one is not missing.
bool holds_last(const Cluster::Ends& log, const Position& position) {
  return position.last_stamp && position.next_offset - 1 >= log.first;
}

LastMessages read_last(const KafkaSettings& settings, const std::vector<Position>& positions,
                       const std::vector<Cluster::Ends>& logs) {
  std::vector<LogPlace> places;
  for (const Position& position : positions)
    if (holds_last(logs[static_cast<std::size_t>(position.partition)], position))
      places.push_back({position.partition, position.next_offset - 1});
  LastMessages last;
  if (places.empty()) return last;
  LogReader reader(settings, settings.topic);
  reader.start(places);
  while (last.size() < places.size()) {
    const MessageHandle message = reader.next();
    if (last.contains(message->partition)) continue;
    std::optional<Delivered>& found = last[message->partition];
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
      found = delivered_of(*message, stamp_of(*message).value_or(Time{}));
  }
  return last;
}

/// Of the ends of the log alone.
std::optional<std::string> misfit(const Position& position, const Cluster::Ends& log) {
  if (position.next_offset > log.end)
    return "the log ends at offset " + std::to_string(log.end) + ": it is an older or another one";
  if (position.next_offset < log.first)
    return "message " + std::to_string(position.next_offset) + " is not in the log any more";
  return std::nullopt;
}

/// Of the last message.
std::optional<std::string> misfit(const Position& position,
                                  const std::optional<Delivered>& message) {
  const std::int64_t known = position.next_offset - 1;
  if (!message || message->offset != known)
    return "message " + std::to_string(known) + " is not in the log any more";
  if (message->stamp != *position.last_stamp ||
      message_digest(message->message.value) != position.last_digest)
    return "message " + std::to_string(known) + " of " + to_text(message->stamp) +
           " is not the one that was processed (" + to_text(*position.last_stamp) + ")";
  return std::nullopt;
}

std::string explanation(const KafkaSettings& settings, const Position& position,
                        const std::string& why) {
  return "the store's position " + std::to_string(position.next_offset) + " in partition " +
         std::to_string(position.partition) + " of topic " + settings.topic + " does not fit " +
         name_of(settings) + ": " + why +
         "; put the topic back that belongs to this store (where messages are lost for good, with "
         "the votes in them that were not counted: votectl queue forget " +
         settings.topic + "; see vote-recovery(7))";
}

}  // namespace

std::optional<std::string> misfit(const KafkaSettings& settings, const Cluster& cluster,
                                  const std::vector<Position>& positions) {
  const auto logs = cluster.ends(settings.topic, static_cast<std::int32_t>(settings.partitions));
  for (const Position& position : positions) {
    const auto at = static_cast<std::size_t>(position.partition);
    if (at >= logs.size())
      return "the store has a position in partition " + std::to_string(position.partition) +
             " of topic " + settings.topic + ", which has only " + std::to_string(logs.size()) +
             " on " + name_of(settings) + ": set [queue] url to the brokers of this store";
    if (const auto why = misfit(position, logs[at])) return explanation(settings, position, *why);
  }
  const LastMessages last = read_last(settings, positions, logs);
  for (const Position& position : positions) {
    const auto message = last.find(position.partition);
    if (message == last.end()) continue;
    if (const auto why = misfit(position, message->second))
      return explanation(settings, position, *why);
  }
  return std::nullopt;
}

}  // namespace vote::kafka
