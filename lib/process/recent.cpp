#include "process/recent.h"

namespace vote {

bool RecentRequests::contains(const CastVote& vote) const {
  return keys_.contains(key_of(vote));
}

void RecentRequests::add(const CastVote& vote) {
  const Key key = key_of(vote);
  if (!keys_.insert(key).second) return;
  if (order_.size() < kRecentRequestsMax) {
    order_.push_back(key);
    return;
  }
  keys_.erase(order_[oldest_]);
  order_[oldest_] = key;
  oldest_ = (oldest_ + 1) % kRecentRequestsMax;
}

void RecentRequests::clear() {
  keys_.clear();
  order_.clear();
  oldest_ = 0;
}

}  // namespace vote
