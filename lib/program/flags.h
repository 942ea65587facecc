#pragma once
// The flags common to all programs, and what they ask for. Internal to program/.
#include <CLI/App.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "program/program.h"

namespace vote::program {

class Flags {
 public:
  explicit Flags(const Program& program);
  Flags(const Flags&) = delete;
  Flags& operator=(const Flags&) = delete;

  /// Nothing: go on. Else all is done: --help and --version to stdout, or what is wrong to stderr.
  std::optional<ExitCode> parse(int argc, char** argv);
  /// Throws ConfigError for a --set that is none.
  ConfigSources sources() const;

  bool check_config = false;
  bool print_config = false;

 private:
  void add_common();
  void add_look(const std::string& flag, bool& chosen, const std::string& description);

  const Program& program_;
  CLI::App app_;
  std::string file_;
  std::vector<std::string> sets_;
  std::vector<std::pair<std::string, std::string>> overrides_;
};

}  // namespace vote::program
