#pragma once
// A run in words for people, in JSON for programs. Pure.
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "load/tally.h"
#include "load/watchers.h"

namespace vote::load {

/// What was run.
struct Description {
  std::string url;  // the first, where there are several
  std::string mix;
  std::string poll;  // the first one's id; empty: none
  std::string rate;  // as it was given
  std::string burst;
  Duration length{};
  unsigned connections = 0;
  unsigned pipeline = 0;
  std::uint64_t seed = 0;
  std::string journal;  // empty: none
  Duration waited{};    // for the load generator's own preparations and journal
};

/// A line a figure.
std::string report_for_people(const Description& description, const Tally& tally);
/// `statuses` counts answers by status, latencies are milliseconds.
nlohmann::ordered_json report_as_json(const Description& description, const Tally& tally);
std::string watched_for_people(const Watched& watched);
nlohmann::ordered_json watched_as_json(const Watched& watched);
/// One line without its end, for a run that goes on.
std::string progress_line(const Tally& tally, Duration elapsed);

}  // namespace vote::load
