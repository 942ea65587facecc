#include "load/mix.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <stdexcept>

namespace vote::load {
namespace {

constexpr std::array<std::string_view, kAsks> kNames = {
    "votes", "retries", "seconds", "changes", "revocations", "reads", "health"};

std::uint32_t parse_weight(std::string_view part, std::string_view text) {
  std::uint32_t weight = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), weight);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || weight > kWeightMax)
    throw std::invalid_argument("'" + std::string(part) + "' has no whole number up to " +
                                std::to_string(kWeightMax));
  return weight;
}

void take(Mix& mix, std::string_view part) {
  const auto equals = std::min(part.find('='), part.size());
  const auto name = std::find(kNames.begin(), kNames.end(), part.substr(0, equals));
  if (name == kNames.end())
    throw std::invalid_argument(
        "'" + std::string(part) +
        "' is none of votes, retries, seconds, changes, revocations, reads, health");
  mix.weights.at(static_cast<std::size_t>(name - kNames.begin())) =
      equals == part.size() ? 1 : parse_weight(part, part.substr(equals + 1));
}

}  // namespace

std::uint64_t Mix::sum() const {
  return std::accumulate(weights.begin(), weights.end(), std::uint64_t{0});
}

Mix parse_mix(std::string_view text) {
  Mix mix;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    take(mix, text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  if (mix.sum() == 0) throw std::invalid_argument("nothing in it has a weight");
  const bool follows = mix.has(Ask::retry) || mix.has(Ask::second) || mix.changes();
  if (follows && !mix.votes())
    throw std::invalid_argument(
        "retries, seconds, changes and revocations follow votes: give votes a weight too");
  return mix;
}

}  // namespace vote::load
