#include "load/schedule.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace vote::load {
namespace {

double checked(double rate, Duration length) {
  if (!(rate > 0) || rate > kRateMax)
    throw std::invalid_argument("a rate is more than 0 and at most " +
                                std::to_string(static_cast<std::uint64_t>(kRateMax)) +
                                " requests a second");
  if (length <= Duration(0) || length > kLengthMax)
    throw std::invalid_argument("a run lasts more than 0 s and at most " + to_text(kLengthMax));
  const double requests = rate * std::chrono::duration<double>(length).count();
  if (requests > static_cast<double>(kRequestsMax))
    throw std::invalid_argument("a run has at most " + std::to_string(kRequestsMax) +
                                " requests: choose a lower rate or a shorter time");
  return requests;
}

}  // namespace

Schedule::Schedule(double rate, Duration length)
    : nanoseconds_between_(1e9 / rate),
      size_(static_cast<std::uint64_t>(std::max(1.0, std::round(checked(rate, length))))) {}

std::chrono::nanoseconds Schedule::due(std::uint64_t n) const {
  return std::chrono::nanoseconds(std::llround(static_cast<double>(n) * nanoseconds_between_));
}

}  // namespace vote::load
