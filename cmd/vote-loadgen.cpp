#include "load/load.h"
#include "program/program.h"
#include "runtime/clock.h"

int main(int argc, char** argv) {
  const vote::SystemClock clock;
  vote::load::Load load;
  vote::program::Program program;
  program.name = "vote-loadgen";
  program.summary = "load a vote-api at a given rate, and say how it answered";
  program.add_flags = [&load](CLI::App& app) { load.add_to(app); };
  program.run = [&](vote::program::Environment& environment) {
    return load.run(environment.config, clock);
  };
  return vote::program::run_program(program, argc, argv);
}
