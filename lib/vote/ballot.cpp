#include "vote/ballot.h"

#include <algorithm>

namespace vote {

std::uint64_t digest_of(const std::vector<OptionId>& options) {
  // FNV-1a over the sorted ids. Not cryptographic: it compares a voter's choices with each other.
  std::vector<OptionId> sorted = options;
  std::sort(sorted.begin(), sorted.end());
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const OptionId& option : sorted)
    for (const std::uint8_t byte : option.uuid.bytes) hash = (hash ^ byte) * 0x100000001B3U;
  return hash;
}

std::uint32_t permille(std::uint64_t votes, std::uint64_t total) {
  if (total == 0) return 0;
  // votes * 1000 / total, a half rounded up; in 128 bits, so that no count overflows.
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint32_t>((static_cast<Wide>(votes) * 2000 + total) /
                                    (static_cast<Wide>(total) * 2));
}

}  // namespace vote
