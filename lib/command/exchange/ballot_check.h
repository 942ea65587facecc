#pragma once
// The look at a whole file of ballots before anything is done with it. One thread.
#include <cstdint>
#include <functional>
#include <vector>

#include "command/exchange/ballot_file.h"

namespace vote::command {

struct Checked {
  std::uint64_t ballots = 0;
  std::uint64_t complaints = 0;
  std::uint32_t options_max = 0;  // on one ballot
  std::optional<Time> first_cast;
};

/// Reads `file` from its first ballot to its end, or the first fatal complaint; `max_options` is
/// how many a ballot may hold. What is wrong with it goes to `complain`: what the file says itself,
/// choices that the poll does not allow, and voters with a second ballot. Memory: 24 bytes a voter
/// that is named.
Checked check_ballots(BallotFile& file, std::uint32_t max_options,
                      const std::function<void(const Complaint&)>& complain);

}  // namespace vote::command
