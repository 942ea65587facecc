#pragma once
// votectl's verbs, one file each in verbs/: flags and subcommands on a CLI11 app, then the run of
// the one that was chosen. One thread.
#include <memory>

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
  Commands();
  ~Commands();
  Commands(const Commands&) = delete;

  /// Adds every verb and the flags they share (--url, --token-file, --json, -q, -v, --no-color).
  void add_to(CLI::App& app);
  /// Runs the verb that was parsed; data to stdout, words to stderr. What the server, a port or a
  /// file answered is said here ("votectl: what happened; what to do") and ends in its exit code.
  /// Throws what `backends` throws, and std::runtime_error where stdout cannot be written.
  ExitCode run(const Config& config, const Backends& backends, const Clock& clock);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vote::command
