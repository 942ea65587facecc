#pragma once
// Limits ([limits] in the configuration): how often one address and one account may vote, how many
// polls an account may make, from how many devices it may vote. Counted in the cache, so by all API
// processes together where the cache is shared; while it is out of reach, by each for itself. A
// limit of 0 is off.
//
// A rate is a token bucket: so many at once, then one more each time that its share of the period
// has passed. Every try to vote takes one, also a change, a revocation, a second vote that is
// refused and a request sent again; what a limit refuses takes nothing of any limit. It is refused
// before the vote is looked at, so a request that was sent before loses nothing by it: sent again
// after Retry-After it gets its answer.
//
// IPv6 addresses are counted by /64, which is what one customer has at the least. Admins make as
// many polls as they like. Devices: guard/client.h.
#include <cstdint>
#include <optional>
#include <string_view>

#include "cache/cache.h"
#include "config/config.h"
#include "guard/client.h"
#include "http/message.h"
#include "metrics/counter.h"
#include "vote/account.h"
#include "vote/error.h"

namespace vote {

/// How long a device counts after it was last voted from.
inline constexpr Duration kDeviceMemory = std::chrono::hours(24);
inline constexpr unsigned kIpv6NetworkBits = 64;

inline constexpr std::size_t kQuotas = 4;
/// As the RateLimit fields name it: "votes-per-address".
std::string_view name_of_limit(Quota quota);

/// What a limit refuses.
struct Exceeded {
  Error error;  // rate_limited, too_many_devices
  std::string_view policy;
  std::uint32_t most = 0;
  Duration period{};
  Duration retry_after{};
};

/// The problem+json with Retry-After (RFC 9110 §10.2.3), RateLimit-Policy and RateLimit
/// (draft-ietf-httpapi-ratelimit-headers-11, which lets a server leave them out of other answers):
///   RateLimit-Policy: "votes-per-address";q=10;w=60
///   RateLimit: "votes-per-address";r=0;t=6
http::Response refusal_of(const Exceeded& exceeded);

/// Thread-safe. Completions run exactly once, on any thread, possibly before the call returns.
class Limits {
 public:
  Limits(Cache& cache, const Config::Limits& settings) : cache_(cache), settings_(settings) {}

  using Verdict = std::optional<Exceeded>;  // nothing: go on

  /// One try to cast, change or revoke a vote.
  void allow_vote(const Client& client, UserId voter, Completion<Verdict> done) const;
  /// One new poll.
  void allow_poll(const Identity& owner, Completion<Verdict> done) const;

  /// How often each has refused so far, by Quota.
  using Refusals = std::array<metrics::Counter, kQuotas>;
  const Refusals& refusals() const { return refusals_; }

 private:
  class Takes;
  void ask(const Takes& takes, Completion<Verdict> done) const;

  Cache& cache_;
  Config::Limits settings_;
  mutable Refusals refusals_;
};

}  // namespace vote
