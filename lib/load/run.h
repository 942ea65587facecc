#pragma once
// One run from the flags: prepare, drive, write the journal's end. One thread beside those of its
// parts.
#include "config/exit_code.h"
#include "load/report.h"
#include "load/tally.h"
#include "load/watchers.h"
#include "load/wishes.h"
#include "runtime/clock.h"

namespace vote::load {

/// How long tokens and polls of a run hold beyond its length.
inline constexpr Duration kSpareLifetime = std::chrono::hours(1);
/// An open loop that waited longer for the load generator itself was not what was asked for.
inline constexpr Duration kWaitedMax = std::chrono::milliseconds(100);

struct RunReport {
  Description description;
  Tally tally;
  std::optional<Watched> watched;
};

/// Progress goes to stderr where that is a terminal. Throws UsageError, EndpointError,
/// client::ClientError, PollError, JournalError, ConfigError.
RunReport run(const Wishes& wishes, const Config& config, const Clock& clock);

/// `ok` where every request was answered and none with a 5xx or a 4xx other than 409; else
/// `unavailable` (no answer, 5xx, a watcher that lost its connection) or `refused` (4xx); `failed`
/// where the load generator itself could not keep up with its schedule.
ExitCode exit_code_of(const RunReport& report);

}  // namespace vote::load
