#include "load/schedule.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace vote::load {
namespace {

double seconds_of(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

[[noreturn]] void refuse_rate() {
  throw std::invalid_argument("a rate is more than 0 and at most " +
                              std::to_string(static_cast<std::uint64_t>(kRateMax)) +
                              " requests a second (only a ramp may begin or end at 0)");
}

void check(Rate rate, Duration length, const std::optional<Burst>& burst) {
  const bool in_range = rate.from >= 0 && rate.from <= kRateMax && rate.to >= 0 &&
                        rate.to <= kRateMax && rate.from + rate.to > 0;
  if (!in_range || (burst && !(burst->rate > 0 && burst->rate <= kRateMax))) refuse_rate();
  if (length <= Duration(0) || length > kLengthMax)
    throw std::invalid_argument("a run lasts more than 0 s and at most " + to_text(kLengthMax));
  if (burst && (burst->length < kBurstMin || burst->length >= burst->every))
    throw std::invalid_argument("a burst lasts at least " + to_text(kBurstMin) +
                                " and ends before the next one begins");
}

}  // namespace

Schedule::Schedule(Rate rate, Duration length, const std::optional<Burst>& burst) {
  check(rate, length, burst);
  const double end = seconds_of(length);
  const auto at = [&](double time) { return rate.from + (rate.to - rate.from) * time / end; };
  double begin = 0;
  for (double next = burst ? seconds_of(burst->every) : end; next < end;
       next += seconds_of(burst->every)) {
    add(begin, next, {at(begin), at(next)});
    begin = std::min(end, next + seconds_of(burst->length));
    add(next, begin, {burst->rate, burst->rate});
  }
  if (begin < end) add(begin, end, {at(begin), at(end)});
  const Stretch& last = stretches_.back();
  const double requests = last.first + last.length_s * (last.rate.from + last.rate.to) / 2;
  if (requests > static_cast<double>(kRequestsMax))
    throw std::invalid_argument("a run has at most " + std::to_string(kRequestsMax) +
                                " requests: choose a lower rate or a shorter time");
  size_ = static_cast<std::uint64_t>(std::max(1.0, std::round(requests)));
}

void Schedule::add(double begin_s, double end_s, Rate rate) {
  double first = 0;
  if (!stretches_.empty()) {
    const Stretch& before = stretches_.back();
    first = before.first + before.length_s * (before.rate.from + before.rate.to) / 2;
  }
  stretches_.push_back({begin_s, end_s - begin_s, rate, first});
}

std::chrono::nanoseconds Schedule::due(std::uint64_t n) const {
  const auto number = static_cast<double>(n);
  const auto after = std::upper_bound(
      stretches_.begin() + 1, stretches_.end(), number,
      [](double wanted, const Stretch& stretch) { return wanted < stretch.first; });
  const Stretch& stretch = *(after - 1);
  const double passed = number - stretch.first;
  const auto& [from, to] = stretch.rate;
  double seconds = 0;
  if (from == to) {
    seconds = passed / from;
  } else if (passed > 0) {
    // from·t + slope·t²/2 = passed, in the form that loses no digits.
    const double slope = (to - from) / stretch.length_s;
    const double root = std::sqrt(std::max(0.0, from * from + 2 * slope * passed));
    seconds = std::min(2 * passed / (from + root), stretch.length_s);
  }
  return std::chrono::nanoseconds(std::llround((stretch.begin_s + seconds) * 1e9));
}

}  // namespace vote::load
