#pragma once
// The flags of vote-loadgen: as they were given, and what they come to.
#include <CLI/App.hpp>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "account/token.h"
#include "config/config.h"
#include "load/drive.h"

namespace vote::load {

inline constexpr unsigned kPollsMax = 1'000;
inline constexpr unsigned kUrlsMax = 64;
inline constexpr unsigned kJournalsMax = 1'000;  // judged together

/// Flags that say what cannot be.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Empty: not given.
struct Wishes {
  std::vector<std::string> urls;   // else VOTE_URL, else where [api] listens
  std::string secret_file;         // else [auth] secret_file
  std::vector<std::string> polls;  // else `new_polls` are created
  unsigned new_polls = 1;
  unsigned options = 4;
  unsigned choices = 1;
  std::uint64_t voters = 0;
  std::string mix = "votes";
  std::string rate = "1000";
  std::string burst;
  std::string length = "10s";
  unsigned connections = 64;
  unsigned pipeline = 1;
  unsigned watchers = 0;
  std::uint64_t seed = 0;
  bool seeded = false;
  std::string journal;
  const CLI::Option* verify = nullptr;
  std::vector<std::string> verified;  // by --verify; none: the run's own journal
  std::string replay;
  std::string wait = "60s";
  bool json = false;

  void add_to(CLI::App& app);
  bool verifies() const { return verify != nullptr && verify->count() > 0; }
  std::vector<std::string> journals() const;  // that --verify names
};

/// The URLs to load, without a slash at the end.
std::vector<std::string> urls_of(const Wishes& wishes, const Config& config);
/// Throws UsageError.
Pace pace_of(const Wishes& wishes);
Duration wait_of(const Wishes& wishes);
/// Throws ConfigError.
Tokens tokens_of(const Wishes& wishes, const Config& config);

}  // namespace vote::load
