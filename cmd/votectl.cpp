// votectl: the user's and the operator's command line, over HTTP; import, db, queue and api reach
// the store and the queue themselves.
#include "command/commands.h"
#include "program/backend/backend.h"
#include "program/program.h"

int main(int argc, char** argv) {
  vote::command::Commands commands("votectl");
  vote::program::Program program;
  program.name = "votectl";
  program.summary = "create polls, vote and read results; data on stdout, words on stderr";
  program.add_flags = [&commands](CLI::App& app) { commands.add_votectl_to(app); };
  program.run = [&commands](vote::program::Environment& environment) {
    const vote::SystemClock clock;
    return commands.run(environment.config, vote::program::backends_of(environment.config, clock),
                        clock);
  };
  return vote::program::run_program(program, argc, argv);
}
