#include "load/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace vote::load {
namespace {

// Values below two halves are their own bucket; each doubling above has a half's worth of buckets.
constexpr unsigned kHalfBits = 10;
constexpr std::size_t kHalf = std::size_t{1} << kHalfBits;

constexpr std::size_t bucket_of(std::uint64_t value) {
  if (value < 2 * kHalf) return value;
  const auto shift = static_cast<unsigned>(std::bit_width(value)) - (kHalfBits + 1);
  return (shift << kHalfBits) + (value >> shift);
}

/// The greatest value of a bucket.
constexpr std::uint64_t end_of(std::size_t bucket) {
  if (bucket < 2 * kHalf) return bucket;
  const std::size_t shift = (bucket >> kHalfBits) - 1;
  const std::uint64_t scaled = bucket - (shift << kHalfBits);
  return ((scaled + 1) << shift) - 1;
}

constexpr std::size_t kBuckets = bucket_of(kLatencyMax.count()) + 1;
static_assert(bucket_of(2 * kHalf - 1) + 1 == bucket_of(2 * kHalf));
static_assert(end_of(bucket_of(2 * kHalf)) == 2 * kHalf + 1);

}  // namespace

Histogram::Histogram() : buckets_(kBuckets) {}

void Histogram::record(Duration value) {
  const std::int64_t taken = std::clamp<std::int64_t>(value.count(), 0, kLatencyMax.count());
  ++buckets_[bucket_of(static_cast<std::uint64_t>(taken))];
  ++count_;
  sum_ += static_cast<std::uint64_t>(taken);
  max_ = std::max(max_, taken);
}

Duration Histogram::percentile(double percent) const {
  if (count_ == 0) return Duration(0);
  const double wanted = std::ceil(percent / 100 * static_cast<double>(count_));
  const auto rank = std::clamp(static_cast<std::uint64_t>(wanted), std::uint64_t{1}, count_);
  std::uint64_t seen = 0;
  std::size_t bucket = 0;
  while ((seen += buckets_[bucket]) < rank) ++bucket;
  return Duration(std::min(static_cast<std::int64_t>(end_of(bucket)), max_));
}

Duration Histogram::mean() const {
  return Duration(count_ == 0 ? 0 : static_cast<std::int64_t>(sum_ / count_));
}

}  // namespace vote::load
