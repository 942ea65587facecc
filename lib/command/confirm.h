#pragma once
// Questions to a person, asked on the terminal itself, so that a pipe into stdin does not answer.
#include <optional>
#include <string>

namespace vote::command {

/// Asks on /dev/tty; true for "y" or "yes". Nothing where this process has no terminal.
std::optional<bool> ask_on_terminal(const std::string& question);

}  // namespace vote::command
