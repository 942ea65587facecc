#pragma once
// All that is random in a simulation, drawn from its seed (SplitMix64). Equal seeds give equal
// draws on every machine. One thread.
#include <cstddef>
#include <cstdint>
#include <span>

#include "vote/time.h"

namespace vote::simulated {

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}

  std::uint64_t draw() {
    std::uint64_t mixed = state_ += 0x9E3779B97F4A7C15U;
    mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
    return mixed ^ (mixed >> 31U);
  }
  /// From 0; `end` is above 0.
  std::uint64_t below(std::uint64_t end) { return draw() % end; }
  bool one_in(std::uint64_t times) { return below(times) == 0; }
  bool percent(std::uint64_t of_a_hundred) { return below(100) < of_a_hundred; }
  /// From `least` up to and without `most`.
  Duration between(Duration least, Duration most) {
    return least + Duration(static_cast<Duration::rep>(
                       below(static_cast<std::uint64_t>((most - least).count()))));
  }
  template <class T>
  T& of(std::span<T> some) {
    return some[static_cast<std::size_t>(below(some.size()))];
  }
  void fill(std::span<std::uint8_t> bytes) {
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(draw());
  }

 private:
  std::uint64_t state_;
};

}  // namespace vote::simulated
