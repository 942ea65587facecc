#pragma once
// The verbs of votectl, one file each in verbs/, and those of vote-dlq, in dead_letters/: flags and
// subcommands on a CLI11 app, then the run of the one that was chosen. One thread.
#include <memory>
#include <string>

#include "command/backends.h"
#include "config/config.h"
#include "config/exit_code.h"
#include "runtime/clock.h"

namespace CLI {
class App;
}

namespace vote::command {

class Commands {
 public:
  /// `program`: its name, as messages begin.
  explicit Commands(std::string program);
  ~Commands();
  Commands(const Commands&) = delete;

  /// Adds every verb of votectl and the flags they share (--url, --token-file, --json, -q, -v,
  /// --no-color).
  void add_votectl_to(CLI::App& app);
  /// Likewise of vote-dlq, which speaks to no server.
  void add_dead_letters_to(CLI::App& app);
  /// Runs the verb that was parsed; data to stdout, words to stderr. What the server, a port or a
  /// file answered is said here ("votectl: what happened; what to do") and ends in its exit code.
  /// Throws what `backends` throws, and std::runtime_error where stdout cannot be written.
  ExitCode run(const Config& config, const Backends& backends, const Clock& clock);

 private:
  void add_output_flags(CLI::App& app);

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vote::command
