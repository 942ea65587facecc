#pragma once
// A file of ballots voted over many connections, a voter each, by who holds the secret file.
#include "command/verb.h"

namespace vote::command {

inline constexpr std::uint32_t kBulkConnections = 64;

struct BulkWish {
  std::string poll;
  std::string input;  // "-": stdin
  std::string secret_file;
  std::uint32_t connections = kBulkConnections;
};

/// Each refused ballot is said with its line number; `refused` if any was. What would refuse every
/// ballot (a secret that is not the server's, a closed poll, no answer) ends the reading. Waits a
/// moment at the end, so that results read next hold what was accepted if a worker runs.
ExitCode vote_in_bulk(Context& context, const BulkWish& wish);

}  // namespace vote::command
