#pragma once
// The configuration's file: which one, and what it sets. Internal to config/.
#include <string>
#include <vector>

#include "config/config.h"
#include "config/keys.h"

namespace vote {

/// A value and where it came from: "/etc/vote/vote.toml:4", "VOTE_API_LISTEN", "flags".
struct Assignment {
  std::string origin;
  Key key;
  Value value;
};

/// The file to read by the rules of ConfigSources; empty: none is there.
std::string find_config_file(const ConfigSources& sources);

/// What the file sets, in the order of its sections' names. Throws ConfigError: it cannot be read,
/// is no TOML, or has a key that nobody knows.
std::vector<Assignment> read_config_file(const std::string& path);

/// Why there is no such key, with those there are.
std::string unknown_key(const std::string& section, const std::string& name);

}  // namespace vote
