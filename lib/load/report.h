#pragma once
// A run in words for people, in JSON for programs. Pure.
#include <string>

#include "load/tally.h"

namespace vote::load {

/// What was run.
struct Description {
  std::string url;
  std::string kind;  // "votes", "results", "health"
  std::string poll;  // its id; empty: none
  std::string rate;  // a number a second, or "max"
  Duration length{};
  unsigned connections = 0;
  unsigned pipeline = 0;
};

/// A line a figure.
std::string report_for_people(const Description& description, const Tally& tally);
/// One object on one line; `statuses` counts answers by status, latencies are milliseconds.
std::string report_as_json(const Description& description, const Tally& tally);
/// One line without its end, for a run that goes on.
std::string progress_line(const Tally& tally, Duration elapsed);

}  // namespace vote::load
