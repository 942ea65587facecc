#pragma once
// How a verb of votectl or vote-dlq is declared: its place among the others, its flags, what it
// does. The one place that knows CLI11, so that the verbs need not. Variables that flags fill must
// live as long as the action: verbs hold them in a shared struct that the action keeps.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "command/backends.h"
#include "command/console.h"
#include "command/server.h"
#include "config/config.h"
#include "config/exit_code.h"
#include "runtime/clock.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace vote::command {

/// What a verb stands on while it runs.
struct Context {
  const Config& config;
  const Backends& backends;
  const Clock& clock;
  Console& console;
  const ServerWishes& server_wishes;

  /// Throws Failure and client::ClientError.
  Server server() const { return {server_wishes, clock, console}; }
};

using Action = std::function<ExitCode(Context&)>;

/// One verb's flags and arguments. `names` as they are typed: "-o,--option". A copy declares the
/// same verb.
class Verb {
 public:
  void flag(const std::string& names, bool& value, const std::string& help);
  /// Two flags for yes and no; nothing where neither is given.
  void either(const std::string& yes, const std::string& no, std::optional<bool>& value,
              const std::string& help);
  void option(const std::string& names, std::optional<std::string>& value,
              const std::string& placeholder, const std::string& help);
  void required_option(const std::string& names, std::string& value, const std::string& placeholder,
                       const std::string& help);
  void option(const std::string& names, std::optional<std::uint32_t>& value,
              const std::string& placeholder, const std::string& help);
  /// May be given many times, a value each time.
  void options(const std::string& names, std::vector<std::string>& values,
               const std::string& placeholder, const std::string& help);
  void argument(const std::string& name, std::string& value, const std::string& help);
  void optional_argument(const std::string& name, std::optional<std::string>& value,
                         const std::string& help);
  void arguments(const std::string& name, std::vector<std::string>& values,
                 const std::string& help);

  void runs(Action action);

 private:
  friend class Verbs;
  Verb(CLI::App& app, std::shared_ptr<Action> chosen) : app_(&app), chosen_(std::move(chosen)) {}

  CLI::App* app_;
  std::shared_ptr<Action> chosen_;
};

/// A set of verbs, of which one is chosen: votectl's own, or those of a noun ("poll create").
class Verbs {
 public:
  /// `chosen` becomes the action of the verb that the command line names.
  Verbs(CLI::App& app, std::shared_ptr<Action> chosen);

  /// `examples`: command lines, one a line.
  Verb add(const std::string& name, const std::string& summary, const std::string& examples);
  Verbs add_noun(const std::string& name, const std::string& summary);

 private:
  CLI::App* app_;
  std::shared_ptr<Action> chosen_;
};

}  // namespace vote::command
