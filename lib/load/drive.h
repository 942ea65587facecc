#pragma once
// One run: requests to a server over kept connections, when they are due, by the calling thread.
//
// A request that is due while every connection is busy waits for one, and its latency grows: that
// queue is the schedule itself, so it has no size. A latency counts from the time a request was due
// to its answer's end. Requests are not repeated; one whose connection is lost has no answer.
// With a `pipeline` above 1 that many requests are in flight on one connection; the server answers
// them in order, so each waits for those ahead.
#include <functional>
#include <optional>
#include <span>

#include "load/endpoint.h"
#include "load/requests.h"
#include "load/schedule.h"
#include "load/tally.h"

namespace vote::load {

inline constexpr unsigned kConnectionsMax = 10'000;
inline constexpr unsigned kPipelineMax = 64;
inline constexpr Duration kConnectTimeMax = std::chrono::seconds(5);
/// Of one request; also how long a run goes on after its schedule's end for what is still due.
inline constexpr Duration kAnswerTimeMax = std::chrono::seconds(30);
/// While many requests are in flight, an open loop looks for what is due and what was answered this
/// often at most, so that it is not woken by each. Latencies are then too long by up to twice that,
/// never too short.
inline constexpr Duration kLookMin = std::chrono::microseconds(200);
inline constexpr unsigned kManyInFlight = 4;
/// How often lost connections are opened again, old requests given up, and the watcher told.
inline constexpr Duration kTick = std::chrono::milliseconds(100);

struct Pace {
  std::optional<Schedule> schedule;  // none: a closed loop, every connection busy for `length`
  Duration length{};
  unsigned connections = 1;
  unsigned pipeline = 1;
};

/// Called every kTick with what there is so far.
using Watcher = std::function<void(const Tally& tally, Duration elapsed)>;

/// Connections are dealt out to the endpoints in turn. Throws EndpointError where one cannot be
/// reached before the run has begun, and what `requests` throws.
Tally drive(std::span<const Endpoint> endpoints, Requests& requests, const Pace& pace,
            const Watcher& watcher = nullptr);

}  // namespace vote::load
