#pragma once
// What a worker did so far, and how it stands; other threads may read both while it works.
#include <array>
#include <optional>
#include <string_view>

#include "metrics/counter.h"
#include "store/store.h"

namespace vote {

/// Why a message became a dead letter.
enum class DeathCause {
  malformed,
  unknown_poll,
  unknown_option,
  not_active,
  too_late,
  final,
  store_refused  // as data that it cannot take, after max_retries rounds
};
inline constexpr std::size_t kDeathCauses = 7;
std::string_view name(DeathCause cause);
/// Of a refusal.
DeathCause cause_of(Recorded refusal);

struct WorkerTotals {
  metrics::Counter taken;
  metrics::Counter recorded;
  metrics::Counter copies;  // the same request again, seen here lately or by the store
  metrics::Counter superseded;
  metrics::Counter retried;
  metrics::Counter dead_letters;
  metrics::Counter closings;
  std::array<metrics::Counter, kDeathCauses> deaths;  // dead_letters, by DeathCause
  metrics::Histogram batch_messages{metrics::kSizes};
  metrics::Histogram record_took;  // each call of the store, commit included
  metrics::Histogram delay;        // of recorded votes: from the stamp to the commit
};

struct WorkerState {
  std::size_t partitions = 0;  // that it reads; 0: it stands by
  bool store_answers = true;
  bool queue_answers = true;
  std::optional<Time> oldest;  // stamp in the last batch taken; nothing: none was waiting
};

}  // namespace vote
