#include "queue/queue.h"

#include <algorithm>

namespace vote {

std::uint64_t message_digest(std::string_view value) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const char byte : value) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001B3U;
  return hash;
}

namespace {

const Position* find(const std::vector<Position>& positions, const std::string& topic,
                     std::int32_t partition) {
  const auto found = std::find_if(positions.begin(), positions.end(), [&](const Position& each) {
    return each.topic == topic && each.partition == partition;
  });
  return found == positions.end() ? nullptr : &*found;
}

bool covers(const Position* known, const PartitionStatus& log) {
  if (known == nullptr) return log.first_offset == log.end_offset;
  return known->next_offset >= log.end_offset;
}

}  // namespace

bool covers(const std::vector<Position>& positions, const QueueStatus& status) {
  return std::all_of(status.partitions.begin(), status.partitions.end(),
                     [&](const PartitionStatus& log) {
                       return covers(find(positions, status.topic, log.partition), log);
                     });
}

bool are_past(Time time, Duration apart, const std::vector<Position>& positions,
              const QueueStatus& status) {
  return std::all_of(
      status.partitions.begin(), status.partitions.end(), [&](const PartitionStatus& log) {
        const Position* known = find(positions, status.topic, log.partition);
        const bool is_later =
            known != nullptr && known->last_stamp && *known->last_stamp > time + apart;
        return is_later || covers(known, log);
      });
}

}  // namespace vote
