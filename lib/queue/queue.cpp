#include "queue/queue.h"

#include <algorithm>

namespace vote {

std::uint64_t message_digest(std::string_view value) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const char byte : value) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001B3U;
  return hash;
}

bool covers(const std::vector<Position>& positions, const QueueStatus& status) {
  return std::all_of(
      status.partitions.begin(), status.partitions.end(), [&](const PartitionStatus& log) {
        const auto known =
            std::find_if(positions.begin(), positions.end(), [&](const Position& position) {
              return position.topic == status.topic && position.partition == log.partition;
            });
        if (known == positions.end()) return log.first_offset == log.end_offset;
        return known->next_offset >= log.end_offset;
      });
}

}  // namespace vote
