#include "vote/ballot.h"

#include <algorithm>

#include "vote/digest.h"

namespace vote {

std::uint64_t digest_of(const std::vector<OptionId>& options) {
  std::vector<OptionId> sorted = options;
  std::sort(sorted.begin(), sorted.end());
  std::uint64_t digest = kDigestOfNothing;
  for (const OptionId& option : sorted) digest = digest_of(option.raw(), digest);
  return digest;
}

std::uint32_t permille(std::uint64_t votes, std::uint64_t total) {
  if (total == 0) return 0;
  // votes * 1000 / total, a half rounded up; in 128 bits, so that no count overflows.
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint32_t>((static_cast<Wide>(votes) * 2000 + total) /
                                    (static_cast<Wide>(total) * 2));
}

}  // namespace vote
