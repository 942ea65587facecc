#include "load/tally.h"

#include <chrono>
#include <numeric>

namespace vote::load {

std::uint64_t Tally::between(unsigned first, unsigned end) const {
  return std::accumulate(by_status.begin() + first, by_status.begin() + end, std::uint64_t{0});
}

double Tally::rate() const {
  const double seconds = std::chrono::duration<double>(elapsed).count();
  return seconds > 0 ? static_cast<double>(answered()) / seconds : 0;
}

}  // namespace vote::load
