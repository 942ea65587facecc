#pragma once
// Passwords come from a terminal without echo, a file or stdin; never from the command line.
#include <string>

#include "command/console.h"

namespace vote::command {

struct PasswordSource {
  std::string file;  // "-": stdin; empty: ask
};

/// The first line of the source; asked for twice where `confirm`. Throws Failure (nobody to ask,
/// the two differ, the file cannot be read).
std::string read_password(const Console& console, const PasswordSource& source, bool confirm);

}  // namespace vote::command
