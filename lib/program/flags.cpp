#include "program/flags.h"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <iostream>

#include "program/backend/backend.h"

namespace vote::program {
namespace {

std::string exit_status_table() {
  std::string table = "Exit status:";
  for (const ExitCodeEntry& entry : exit_codes()) {
    const std::string number = std::to_string(static_cast<int>(entry.code));
    table +=
        '\n' + std::string(4 - number.size(), ' ') + number + "  " + std::string(entry.meaning);
  }
  return table;
}

}  // namespace

Flags::Flags(const Program& program) : program_(program), app_(program.summary, program.name) {
  app_.fallthrough();
  add_common();
  for (const KeyFlag& flag : program.key_flags)
    app_.add_option_function<std::string>(
            flag.flag,
            [this, key = flag.key](const std::string& value) {
              overrides_.emplace_back(key, value);
            },
            flag.description + " ([" + flag.key.substr(0, flag.key.find('.')) + "] " +
                flag.key.substr(flag.key.find('.') + 1) + ")")
        ->type_name("VALUE");
  if (program.add_flags) program.add_flags(app_);
  app_.footer(exit_status_table());  // after the subcommands are there, which would inherit it
}

void Flags::add_common() {
  app_.set_help_flag("-h,--help", "say this and exit");
  app_.set_version_flag("--version", program_.name + ' ' + VOTE_VERSION,
                        "say the version and exit");
  app_.add_option("-c,--config", file_,
                  "the configuration (else $XDG_CONFIG_HOME/vote/vote.toml, else "
                  "/etc/vote/vote.toml)")
      ->type_name("FILE");
  app_.add_option("--set", sets_,
                  "set one key of the configuration; wins over the file and VOTE_SECTION_KEY "
                  "variables; may be given often")
      ->type_name("SECTION.KEY=VALUE")
      ->allow_extra_args(false);
  add_look("--check-config", check_config, "check the configuration and exit");
  add_look("--print-config", print_config, "print the configuration as it is in force and exit");
}

/// Looking at the configuration needs nothing of what running would.
void Flags::add_look(const std::string& flag, bool& chosen, const std::string& description) {
  app_.add_flag_callback(
      flag,
      [this, &chosen] {
        chosen = true;
        app_.require_subcommand(0, 1);
        for (CLI::Option* option : app_.get_options()) option->required(false);
      },
      description);
}

std::optional<ExitCode> Flags::parse(int argc, char** argv) {
  try {
    app_.parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::CallForHelp&) {
    std::cout << app_.help() << std::flush;
  } catch (const CLI::CallForVersion& version) {
    std::cout << version.what() << std::endl;
  } catch (const CLI::ParseError& error) {
    std::cerr << program_.name << ": " << error.what() << "; see " << program_.name << " --help"
              << std::endl;
    return ExitCode::usage;
  }
  return std::cout ? ExitCode::ok : ExitCode::failed;
}

ConfigSources Flags::sources() const {
  ConfigSources sources{file_, process_environment(), {}, url_defect};
  for (const std::string& wish : sets_) {
    const auto equals = wish.find('=');
    if (equals == std::string::npos)
      throw ConfigError("--set " + wish + ": must be section.key=value, such as log.level=debug");
    sources.overrides.emplace_back(wish.substr(0, equals), wish.substr(equals + 1));
  }
  sources.overrides.insert(sources.overrides.end(), overrides_.begin(), overrides_.end());
  return sources;
}

}  // namespace vote::program
