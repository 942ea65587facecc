#include "program/program.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <iostream>
#include <new>
#include <optional>

#include "log/log.h"
#include "program/backend/backend.h"
#include "program/flags.h"
#include "program/notify.h"
#include "program/signals.h"

namespace vote::program {
namespace {

struct Failure {
  ExitCode code;
  std::string message;
};

/// Of the exception that is being handled.
Failure failure_now() {
  try {
    throw;
  } catch (const ConfigError& error) {
    return {ExitCode::config, error.what()};
  } catch (const StorageError& error) {
    return {ExitCode::storage, error.what()};
  } catch (const std::bad_alloc&) {
    return {ExitCode::failed, "there is not enough memory"};
  } catch (const std::exception& error) {
    return {ExitCode::failed, error.what()};
  } catch (...) {
    return {ExitCode::failed, "an error of an unknown kind"};
  }
}

void say(const Program& program, const std::string& message) {
  std::cerr << program.name << ": " << message << std::endl;
}

void open_log(const Program& program, const Config& config) {
  const auto level = std::find(kLogLevels.begin(), kLogLevels.end(), config.log.level);
  const log::Settings settings{program.name, static_cast<log::Level>(level - kLogLevels.begin()),
                               config.log.format == "text" ? log::Format::text : log::Format::json,
                               config.log.file};
  try {
    log::open(settings);
  } catch (const std::runtime_error& error) {
    throw ConfigError(error.what());
  }
}

/// Each connection is a file; the default limit is for programs that use select(2).
void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) log::warn("file_limit_not_raised");
}

ExitCode run_daemon(const Program& program, const Config& config) {
  raise_file_limit();
  Stop stop;
  const Signals signals(
      [&stop] {
        log::info("stopping");
        notify("STOPPING=1");
        stop.request();
      },
      log::reopen);
  log::info("starting", {{"version", VOTE_VERSION}, {"pid", static_cast<int>(::getpid())}});
  Environment environment{config, program.name, stop, [] {
                            log::info("ready");
                            notify("READY=1");
                          }};
  const ExitCode code = program.run(environment);
  log::info("stopped", {{"exit_status", static_cast<int>(code)}});
  return code;
}

ExitCode run_tool(const Program& program, const Config& config) {
  log::open({program.name, log::Level::warn, log::Format::text, ""});
  Stop never;
  Environment environment{config, program.name, never, [] {}};
  return program.run(environment);
}

ExitCode print(const Config& config) {
  std::cout << to_toml(config) << std::flush;
  if (!std::cout) throw std::runtime_error("cannot write the configuration to stdout");
  return ExitCode::ok;
}

ExitCode run(const Program& program, const Flags& flags) {
  Config config = load_config(flags.sources());
  check_urls(config);
  if (flags.print_config) return print(config);
  if (flags.check_config) return ExitCode::ok;
  if (!program.daemon) return run_tool(program, config);
  open_log(program, config);
  return run_daemon(program, config);
}

}  // namespace

int run_program(const Program& program, int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  Flags flags(program);
  if (const auto answered = flags.parse(argc, argv)) return static_cast<int>(*answered);
  // A daemon's log is its own from the first line on, also where the configuration does not hold.
  const bool logs = program.daemon && !flags.print_config && !flags.check_config;
  if (logs) log::open({program.name, log::Level::info, log::Format::json, ""});
  try {
    return static_cast<int>(run(program, flags));
  } catch (...) {
    const auto [code, message] = failure_now();
    if (logs && log::enabled(log::Level::error))
      log::error("failed", {{"reason", message}, {"exit_status", static_cast<int>(code)}});
    else
      say(program, message);
    return static_cast<int>(code);
  }
}

}  // namespace vote::program
