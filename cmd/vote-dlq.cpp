// vote-dlq: what an operator does about dead letters, on the queue and the store themselves.
#include "command/commands.h"
#include "program/backend/backend.h"
#include "program/program.h"

int main(int argc, char** argv) {
  vote::command::Commands commands("vote-dlq");
  vote::program::Program program;
  program.name = "vote-dlq";
  program.summary = "look at dead letters, send them round again, or drop them; NDJSON in and out";
  program.add_flags = [&commands](CLI::App& app) { commands.add_dead_letters_to(app); };
  program.run = [&commands](vote::program::Environment& environment) {
    const vote::SystemClock clock;
    return commands.run(environment.config, vote::program::backends_of(environment.config, clock),
                        clock);
  };
  return vote::program::run_program(program, argc, argv);
}
