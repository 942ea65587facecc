#pragma once
// Of what kinds a run's requests are, and in which parts. Pure.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace vote::load {

enum class Ask : std::uint8_t {
  vote,        // a voter's first vote in a poll
  retry,       // a recent vote again: same key, same choice
  second,      // another vote of a recent voter: another key, another choice
  change,      // a recent voter's PUT
  revocation,  // a recent voter's DELETE
  read,        // of results
  health       // GET /healthz, a handler that does nothing
};
inline constexpr std::size_t kAsks = 7;
inline constexpr std::uint32_t kWeightMax = 1'000'000;

struct Mix {
  std::array<std::uint32_t, kAsks> weights{};  // by Ask

  std::uint32_t weight(Ask ask) const { return weights.at(static_cast<std::size_t>(ask)); }
  std::uint64_t sum() const;
  bool has(Ask ask) const { return weight(ask) > 0; }
  /// Whether it asks for what only a poll that allows changes gives.
  bool changes() const { return has(Ask::change) || has(Ask::revocation); }
  /// Whether requests are signed by voters.
  bool votes() const { return has(Ask::vote); }
  /// Whether a poll is needed.
  bool needs_poll() const { return sum() > weight(Ask::health); }
};

/// "votes=80,retries=10,seconds=5,changes=3,revocations=1,reads=1,health=0"; a name alone is =1.
/// Throws std::invalid_argument that says what is wrong.
Mix parse_mix(std::string_view text);

}  // namespace vote::load
