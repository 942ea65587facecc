#pragma once
// What the log has been told of the server, so that each change is said once: `cache_lost` (it does
// not answer; asked again by itself), `cache_refuses` (somebody has to do something) and
// `cache_back`. Internal to cache/redis/. For one thread.
#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace vote::redis {

class Standing {
 public:
  /// `part`: "cache", the beginning of the events' names; `place`: what server, for the log.
  Standing(std::string part, std::string place)
      : part_(std::move(part)), place_(std::move(place)) {}

  void works();
  void lost(const std::string& reason);
  void refuses(const std::string& reason);
  /// A command was answered by this error, while others may work. Errors of one kind are said
  /// again after kSaidAgainAfter.
  void complains(std::string_view error);

 private:
  static constexpr std::chrono::minutes kSaidAgainAfter{10};
  enum class State { unknown, working, lost, refusing };

  std::string part_;
  std::string place_;
  State state_ = State::unknown;
  std::string refusal_;
  std::map<std::string, std::chrono::steady_clock::time_point, std::less<>> complaints_;
};

}  // namespace vote::redis
