#pragma once
// --replay: what has no answer in a journal is sent again, the same requests with the same keys,
// until each has one or is given up (client/bulk.h); tries and answers are added to the journal.
// One thread.
#include <cstdint>
#include <string>

#include "load/wishes.h"
#include "runtime/clock.h"

namespace vote::load {

struct Replayed {
  std::uint64_t sent = 0;      // requests that had no answer
  std::uint64_t answered = 0;  // of them, now
};

/// Throws JournalError, ConfigError, client::ClientError.
Replayed replay(const std::string& path, const Wishes& wishes, const Config& config,
                const Clock& clock);

}  // namespace vote::load
