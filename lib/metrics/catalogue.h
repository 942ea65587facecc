#pragma once
// Every metric that any of the daemons shows, in one table. Units are seconds and plain numbers;
// labels have small closed sets of values and never name a poll, a user or an address. What a
// daemon has not met yet (a route, a status, a code) is not shown and counts as 0.
//
//   by all            vote_build_info
//   by vote-api       vote_http_…, vote_live_watchers, vote_casts_total, vote_marks_total,
//                     vote_limit_refusals_total, vote_queue_append_…, vote_ready, vote_mode
//   by vote-worker    vote_worker_…, vote_dead_letters_total
//   by vote-reconcile vote_reconcile_…
//   by api and worker vote_store_record_duration_seconds, vote_part_up
//   by worker and reconcile, about the one queue that all share (so take max, not sum):
//                     vote_queue_messages, vote_queue_lag_messages, vote_dead_letters
#include <string_view>

namespace vote::metrics {

enum class Kind { counter, gauge, histogram };

struct Metric {
  std::string_view name;
  Kind kind;
  std::string_view help;  // with the labels and their values
};

// clang-format off
inline constexpr Metric kBuildInfo{"vote_build_info", Kind::gauge,
    "What runs, by program and version; always 1"};

inline constexpr Metric kHttpRequests{"vote_http_requests_total", Kind::counter,
    "Requests by method, route (as in /openapi.json; none: no route takes them) and status"};
inline constexpr Metric kHttpDuration{"vote_http_request_duration_seconds", Kind::histogram,
    "By method and route: from the whole request being there until its answer was, sending apart; "
    "that of POST /v1/polls/{id}/votes is the time to accept a vote"};
inline constexpr Metric kHttpErrors{"vote_http_errors_total", Kind::counter,
    "Requests that were refused or failed, by the code of their problem+json"};
inline constexpr Metric kHttpConnections{"vote_http_connections", Kind::gauge,
    "Connections that are open, those that watch included"};
inline constexpr Metric kHttpTurnedAway{"vote_http_connections_turned_away_total", Kind::counter,
    "Connections that were one too many"};
inline constexpr Metric kWatchers{"vote_live_watchers", Kind::gauge,
    "Connections that watch results, by WebSocket or server-sent events"};
inline constexpr Metric kCasts{"vote_casts_total", Kind::counter,
    "Votes asked to be cast and let through by the limits, by outcome: queued (safe in the queue), "
    "recorded (by the store itself, the queue being away), repeated (the same request again, "
    "answered as the first time), duplicate (another vote of the voter stands or is on its way), "
    "refused, unavailable"};
inline constexpr Metric kMarks{"vote_marks_total", Kind::counter,
    "Votes whose mark was asked of the cache, by what it found: none, pending, queued, confirmed"};
inline constexpr Metric kLimitRefusals{"vote_limit_refusals_total", Kind::counter,
    "Requests that a limit refused, by limit: votes-per-address, votes-per-user, polls-per-user, "
    "devices-per-user"};
inline constexpr Metric kAppendDuration{"vote_queue_append_duration_seconds", Kind::histogram,
    "From handing a vote to the queue until its acknowledgement or failure"};
inline constexpr Metric kAppendFailures{"vote_queue_append_failures_total", Kind::counter,
    "Votes that the queue did not acknowledge; they went to the store"};
inline constexpr Metric kReady{"vote_ready", Kind::gauge,
    "1 where /readyz says so, else 0"};
inline constexpr Metric kMode{"vote_mode", Kind::gauge,
    "1 for the mode in which votes are accepted now, 0 for the others, by mode: queue, store "
    "(the queue or the lease is away), none (so is the store)"};

inline constexpr Metric kPartUp{"vote_part_up", Kind::gauge,
    "Whether a part answered when it was last asked, by part: store, queue, cache (of vote-api)"};
inline constexpr Metric kRecordDuration{"vote_store_record_duration_seconds", Kind::histogram,
    "From handing a batch of votes to the store until it was committed or refused"};

inline constexpr Metric kMessages{"vote_worker_messages_total", Kind::counter,
    "Messages processed, by outcome: recorded, duplicate (the same request again), superseded "
    "(another vote of the voter stood), retried, dead_letter, closing"};
inline constexpr Metric kBatchMessages{"vote_worker_batch_messages", Kind::histogram,
    "Messages taken from the queue at once"};
inline constexpr Metric kDelay{"vote_worker_delay_seconds", Kind::histogram,
    "From the queue's acknowledgement of a vote until it was committed"};
inline constexpr Metric kLagSeconds{"vote_worker_lag_seconds", Kind::gauge,
    "How long the oldest message that this worker has in hand has been in the queue; 0: none is"};
inline constexpr Metric kPartitions{"vote_worker_partitions", Kind::gauge,
    "Partitions that this worker reads; 0: it stands by"};
inline constexpr Metric kDeadLettersMade{"vote_dead_letters_total", Kind::counter,
    "Messages put to the dead letters, by reason: malformed, unknown_poll, unknown_option, "
    "not_active, too_late, final, store_refused"};

inline constexpr Metric kQueueMessages{"vote_queue_messages", Kind::gauge,
    "Messages that the queue holds, processed or not"};
inline constexpr Metric kLagMessages{"vote_queue_lag_messages", Kind::gauge,
    "Messages in the queue that are not processed yet"};
inline constexpr Metric kDeadLetters{"vote_dead_letters", Kind::gauge,
    "Dead letters that wait for somebody's decision"};

inline constexpr Metric kPasses{"vote_reconcile_passes_total", Kind::counter,
    "Passes by result: done, failed (store or queue did not answer)"};
inline constexpr Metric kPassDuration{"vote_reconcile_pass_duration_seconds", Kind::histogram,
    "How long passes took"};
inline constexpr Metric kLastPass{"vote_reconcile_last_pass_timestamp_seconds", Kind::gauge,
    "When the last pass was done, as Unix time; 0: none was"};
inline constexpr Metric kClosed{"vote_reconcile_closed_polls_total", Kind::counter,
    "Polls for which closing messages were appended, each time that they were"};
inline constexpr Metric kFinalised{"vote_reconcile_finalised_polls_total", Kind::counter,
    "Polls whose results were made final"};
inline constexpr Metric kRepaired{"vote_reconcile_differences_repaired_total", Kind::counter,
    "Differences between ballots, counters, audit log and cache that were repaired"};
inline constexpr Metric kUnrepaired{"vote_reconcile_differences_unrepaired", Kind::gauge,
    "Differences that the last pass found and left, for they need a person"};
inline constexpr Metric kPolls{"vote_reconcile_polls", Kind::gauge,
    "Polls of the last pass by state: seen (all that it looked at), and of those past their end "
    "waiting (for time or workers) and held_back (for somebody's decision)"};
// clang-format on

}  // namespace vote::metrics
