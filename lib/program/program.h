#pragma once
// The skeleton that all programs share: flags, configuration, log, signals, errors, exit codes. A
// main is a Program filled in and handed to run_program.
#include <CLI/App.hpp>
#include <functional>
#include <string>
#include <vector>

#include "config/config.h"
#include "config/exit_code.h"
#include "runtime/stop.h"

namespace vote::program {

/// What a program's own part is handed.
struct Environment {
  const Config& config;
  const std::string& program;  // its name
  Stop& stop;                  // requested by SIGTERM and SIGINT (daemons only)
  /// Tells the service manager (sd_notify(3), NOTIFY_SOCKET) and the log that it is ready; a daemon
  /// calls it once. "STOPPING=1" is said by the skeleton.
  std::function<void()> ready;
};

/// A flag that stands for a key of the configuration.
struct KeyFlag {
  std::string flag;  // "--listen"
  std::string key;   // "api.listen"
  std::string description;
};

struct Program {
  std::string name;     // "vote-api"
  std::string summary;  // one line, for --help
  bool daemon =
      false;  // logs as [log] says, stops on SIGTERM and SIGINT, reopens its log on SIGHUP
  std::vector<KeyFlag> key_flags = {};
  /// Adds flags and subcommands of its own; may be empty.
  std::function<void(CLI::App& app)> add_flags = nullptr;
  std::function<ExitCode(Environment& environment)> run = nullptr;
};

/// Parses the flags common to all (-c/--config FILE, --set section.key=value, --check-config,
/// --print-config, --version, --help), loads the configuration, runs. Every exception ends here in
/// one message "name: what happened; what to do" on stderr (a daemon: as a line of its log) and an
/// exit code of the catalogue. SIGPIPE is ignored.
int run_program(const Program& program, int argc, char** argv);

}  // namespace vote::program
