// vote-loadgen: load on a vote-api, and the judge of what became of it.
#include "load/load.h"
#include "program/backend/evidence.h"
#include "program/program.h"
#include "runtime/clock.h"

int main(int argc, char** argv) {
  const vote::SystemClock clock;
  vote::load::Load load;
  vote::program::Program program;
  program.name = "vote-loadgen";
  program.summary = "load a vote-api, and judge whether every acknowledged vote is counted once";
  program.add_flags = [&load](CLI::App& app) { load.add_to(app); };
  program.run = [&](vote::program::Environment& environment) {
    return load.run(environment.config, clock,
                    vote::program::witnesses_of(environment.config, clock));
  };
  return vote::program::run_program(program, argc, argv);
}
