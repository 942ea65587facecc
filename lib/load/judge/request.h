#pragma once
// A request, whatever the number of its tries, and how it ended. Pure.
#include <span>
#include <vector>

#include "load/judge/testimony.h"

namespace vote::load {

enum class Fate {
  counted,   // some try was answered 201 (a change: 200)
  accepted,  // some try was answered 202
  no,        // every try was answered 4xx
  refused,   // not every try was answered, the last one with a 4xx for good
  unknown    // anything else
};

struct Request {
  std::span<const Try> tries;
  Fate fate;

  const Try& first() const { return tries.front(); }

  bool may_count() const { return fate != Fate::no && fate != Fate::refused; }
  /// Whether a try was acknowledged before `later` was sent: its answer stands in front of it, in
  /// the same journal.
  bool acknowledged_before(const Try& later) const;
  /// Whether the queue alone may have it: no try was answered by what the store decided, and none
  /// lacks an answer, for which the store may have recorded it.
  bool is_of_the_queue() const;
};

/// Of tries in the order in which a Testimony has them.
std::vector<Request> requests_of(std::span<const Try> tries);
/// The same into `requests`, whose memory is used again.
void read_requests(std::span<const Try> tries, std::vector<Request>& requests);

}  // namespace vote::load
