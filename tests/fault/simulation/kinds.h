#pragma once
// What can go wrong in the simulated world, each kind by name and counted where it happens.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vote::simulated {

enum class Kind : std::uint8_t {
  // Messages.
  append_delayed,
  append_doubled,
  append_lost,
  append_ack_lost,
  append_landed_late,  // after it was given up
  request_lost,        // of a client
  answer_lost,         // to a client
  cache_message_lost,
  cache_answer_lost,
  // The store.
  store_call_lost,
  commit_lost,         // rolled back, and nobody is told
  commit_answer_lost,  // committed, and nobody is told
  commit_late,         // committed after it was given up
  transaction_paused,  // between its checks and its commit
  store_down,
  store_set_back,
  positions_reset,  // to the beginning of the queue: all of it is read again
  store_cut_off,    // from one process
  // The queue.
  queue_down,
  queue_cut_off,
  leadership_moved,  // to a broker with another clock
  // The cache.
  cache_emptied,
  cache_lost_some,
  cache_down_and_empty,
  cache_cut_off,
  // Processes.
  api_killed,
  api_killed_at_a_call,
  api_slept,
  api_restarted,
  api_clock_jumped,
  lease_ran_out,
  worker_killed,
  worker_killed_at_a_call,
  worker_slept,
  worker_joined,
  worker_left,
  reconcile_killed,
  reconcile_killed_at_a_call,
  reconcile_slept,
  // Polls.
  poll_closed_by_hand,
  poll_ended,
};
inline constexpr std::size_t kKinds = static_cast<std::size_t>(Kind::poll_ended) + 1;

std::string_view name(Kind kind);

using Counts = std::array<std::uint64_t, kKinds>;

}  // namespace vote::simulated
