#pragma once
// Layer 2 of the dedup: requests committed lately by this worker. A copy of one of them is dropped
// before it reaches the store. Emptied on every seek, assignment and reconnect, because the store
// may have been set back. Used by one thread.
#include <cstdint>
#include <unordered_set>
#include <vector>

#include "vote/ballot.h"

namespace vote {

inline constexpr std::size_t kRecentRequestsMax = 100'000;

class RecentRequests {
 public:
  /// The same voter, poll, key and choice: a key reused on another poll is another request.
  bool contains(const CastVote& vote) const;
  /// Committed. Beyond kRecentRequestsMax the oldest goes.
  void add(const CastVote& vote);
  void clear();

 private:
  struct Key {
    PollId poll;
    UserId voter;
    RequestId request;
    std::uint64_t choice = 0;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const {
      return UuidHash{}(key.request.uuid) ^ (UuidHash{}(key.voter.uuid) >> 1U);
    }
  };
  static Key key_of(const CastVote& vote) {
    return {vote.poll, vote.voter, vote.request, digest_of(vote.options)};
  }

  std::unordered_set<Key, KeyHash> keys_;
  std::vector<Key> order_;  // a ring once it is full
  std::size_t oldest_ = 0;
};

}  // namespace vote
