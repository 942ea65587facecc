#pragma once
// What the judge found: broken promises by number, as hazards name them.
//   1  an acknowledged request is the voter's one ballot, with its choice
//   2  what was refused is not counted
//   3  no ballot that nobody sent, and no voter has two
//   4  counter = ballots = audit log = what the API shows
//   5  results never go back, and what is final never changes
// One thread.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace vote::load {

inline constexpr unsigned kPromises = 5;
/// Findings that are kept and printed; those beyond are counted.
inline constexpr std::size_t kFindingsMax = 10'000;

struct Finding {
  unsigned promise = 0;
  std::string what;  // with its evidence: ids, lines of the journal, figures
};

class Findings {
 public:
  void add(unsigned promise, std::string what) {
    ++counts_.at(promise - 1);
    if (kept_.size() < kFindingsMax) kept_.push_back({promise, std::move(what)});
  }
  std::uint64_t count(unsigned promise) const { return counts_.at(promise - 1); }
  std::uint64_t count() const {
    std::uint64_t sum = 0;
    for (const std::uint64_t each : counts_) sum += each;
    return sum;
  }
  const std::vector<Finding>& kept() const { return kept_; }

 private:
  std::array<std::uint64_t, kPromises> counts_{};
  std::vector<Finding> kept_;
};

}  // namespace vote::load
