#pragma once
// vote-loadgen: its flags, then a run from them: prepare, drive, report. One thread.
#include <CLI/App.hpp>
#include <memory>
#include <string>

#include "config/config.h"
#include "config/exit_code.h"
#include "runtime/clock.h"

namespace vote::load {

/// At most so many votes are prepared for a run, a token each (about 350 bytes).
inline constexpr std::uint64_t kVotesMax = 10'000'000;
/// For `--rate max`: as many votes a second are prepared; more are not sent.
inline constexpr std::uint64_t kPreparedVotesPerSecond = 60'000;
/// How long tokens and polls of a run hold beyond its length.
inline constexpr Duration kSpareLifetime = std::chrono::hours(1);

/// The flags as they were given; empty: not.
struct Wishes {
  std::string url;          // else VOTE_URL, else where [api] listens
  std::string secret_file;  // else [auth] secret_file
  std::string poll;         // else one is created
  std::string kind = "votes";
  std::string rate = "1000";
  std::string length = "10s";
  unsigned connections = 64;
  unsigned pipeline = 1;
  bool json = false;
};

class Load {
 public:
  void add_to(CLI::App& app);
  /// The report goes to stdout, progress (on a terminal) and errors to stderr. `ok` where every
  /// request was answered and none with a 5xx or a 4xx other than 409; else `unavailable` (no
  /// answer, 5xx) or `refused` (4xx).
  ExitCode run(const Config& config, const Clock& clock);

 private:
  Wishes wishes_;
};

}  // namespace vote::load
