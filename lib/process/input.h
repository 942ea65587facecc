#pragma once
// Votes from a stream of lines instead of the queue: NDJSON, one message (vote/ballot.h) a line,
// the same checks, recorded by the same batch function. Each line that is refused is reported.
#include <cstdint>
#include <istream>
#include <ostream>

#include "cache/cache.h"
#include "runtime/stop.h"
#include "store/store.h"

namespace vote {

inline constexpr std::size_t kInputLineBytesMax = 1'048'576;  // longer lines are refused unread

struct InputTotals {
  std::uint64_t lines = 0;  // empty ones are passed over and not counted
  std::uint64_t recorded = 0;
  std::uint64_t copies = 0;
  std::uint64_t refused = 0;
  bool stopped = false;  // before the end of the input
};

/// Reads `input` to its end or until `stop`, recording in transactions of up to `batch_size`, and
/// what has come where nothing more comes for now (the stream's in_avail() is 0). For
/// every refused line writes one JSON object to `report`:
/// {"line":17,"code":"unknown_option","detail":"…","request_id":"…"}. A store that does not answer
/// is waited for, with a growing delay. One thread.
InputTotals record_lines(std::istream& input, std::ostream& report, Store& store, Cache& cache,
                         std::size_t batch_size, Stop& stop);

}  // namespace vote
