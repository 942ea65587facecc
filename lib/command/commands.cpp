#include "command/commands.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "command/dead_letters/verbs.h"
#include "command/failure.h"
#include "command/verb.h"
#include "command/verbs/verbs.h"

namespace vote::command {

struct Commands::State {
  std::string program;
  Wishes wishes;
  ServerWishes server;
  std::shared_ptr<Action> chosen = std::make_shared<Action>();
};

namespace {

void add_verbs(Verbs top) {
  add_register(top);
  add_login(top);
  add_logout(top);
  add_whoami(top);
  Verbs poll = top.add_noun("poll", "create, find and change polls");
  add_poll_create(poll);
  add_poll_list(poll);
  add_poll_show(poll);
  add_poll_edit(poll);
  add_poll_steps(poll);
  add_vote(top);
  add_results(top);
  add_audit(top);
  add_export(top);
  add_import(top);
  add_user(top);
  add_token(top);
  add_db(top);
  add_queue(top);
  add_api(top);
  add_config(top);
}

ExitCode act(const Action& action, Context& context) {
  Console& console = context.console;
  const auto say = [&console](const std::string& what, const std::string& hint) {
    console.complain(hint.empty() ? what : what + "; " + hint);
  };
  try {
    return action(context);
  } catch (const Failure& failure) {
    say(failure.what(), failure.hint());
    return failure.code();
  } catch (const client::ClientError& error) {
    say(error.what(), "");
    return ExitCode::unavailable;
  } catch (const nlohmann::json::exception&) {
    say("the answer of " + url_of(context.server_wishes) + " is not one of vote-api",
        "--url or VOTE_URL says where vote-api is");
    return ExitCode::failed;
  }
}

}  // namespace

Commands::Commands(std::string program) : state_(std::make_unique<State>()) {
  state_->program = std::move(program);
}
Commands::~Commands() = default;

void Commands::add_votectl_to(CLI::App& app) {
  app.add_option("--url", state_->server.url,
                 "where vote-api is (VOTE_URL; " + std::string(kDefaultUrl) + ")")
      ->type_name("URL");
  app.add_option("--token-file", state_->server.token_file,
                 "a token to use instead of the session (VOTE_TOKEN holds one itself)")
      ->type_name("FILE");
  add_output_flags(app);
  add_verbs(Verbs(app, state_->chosen));
}

void Commands::add_dead_letters_to(CLI::App& app) {
  add_output_flags(app);
  Verbs top(app, state_->chosen);
  add_dead_letter_list(top);
  add_dead_letter_show(top);
  add_dead_letter_count(top);
  add_dead_letter_decisions(top);
  add_lost_votes(top);
}

void Commands::add_output_flags(CLI::App& app) {
  app.add_flag("--json", state_->wishes.json, "JSON, one object a line");
  app.add_flag("-q,--quiet", state_->wishes.quiet, "only data and errors");
  app.add_flag("-v,--verbose", state_->wishes.verbose, "say more");
  app.add_flag("--no-color", state_->wishes.no_color, "no colour on a terminal (NO_COLOR)");
}

ExitCode Commands::run(const Config& config, const Backends& backends, const Clock& clock) {
  Console console(state_->program, std::cout, std::cerr, Terminal::of_process(), state_->wishes);
  if (!*state_->chosen) {
    console.complain("no command is given; " + state_->program + " --help lists them");
    return ExitCode::usage;
  }
  Context context{config, backends, clock, console, state_->server};
  const ExitCode code = act(*state_->chosen, context);
  console.finish();
  return code;
}

}  // namespace vote::command
