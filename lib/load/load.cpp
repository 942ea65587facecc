#include "load/load.h"

#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "client/client.h"
#include "load/judge/report.h"
#include "load/poll.h"
#include "load/replay.h"
#include "load/run.h"

namespace vote::load {
namespace {

/// What was done, each part if it was asked for.
struct Done {
  std::optional<RunReport> run;
  std::optional<Replayed> replayed;
  std::optional<Judgement> judgement;
};

void check(const Wishes& wishes) {
  const bool others = !wishes.journals().empty();
  if (!wishes.replay.empty() && (wishes.verifies() || !wishes.journal.empty()))
    throw UsageError("--replay judges its own journal: leave --verify and --journal out");
  if (wishes.verifies() && wishes.journal.empty() && !others)
    throw UsageError("--verify names no journal: give one, or --journal for a run to be judged");
  if (others && !wishes.journal.empty())
    throw UsageError("--verify names journals, so nothing is sent: leave --journal out");
}

Done carry_out(const Wishes& wishes, const Config& config, const Clock& clock,
               const Backends& backends) {
  check(wishes);
  Done done;
  std::vector<std::string> journals = wishes.journals();
  if (!wishes.replay.empty()) {
    done.replayed = replay(wishes.replay, wishes, config, clock);
    journals = {wishes.replay};
  } else if (journals.empty()) {
    done.run = run(wishes, config, clock);
    journals = {wishes.journal};
  }
  if (wishes.verifies() || done.replayed)
    done.judgement = verify(journals, wishes, config, clock, backends);
  return done;
}

std::string for_people(const Done& done) {
  std::string text;
  if (done.run) text += report_for_people(done.run->description, done.run->tally);
  if (done.run && done.run->watched) text += watched_for_people(*done.run->watched);
  if (done.replayed)
    text += "sent again " + std::to_string(done.replayed->sent) + " without an answer, " +
            std::to_string(done.replayed->answered) + " have one now\n";
  if (done.judgement) text += judgement_for_people(*done.judgement);
  return text;
}

std::string as_json(const Done& done) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  if (done.run) json = report_as_json(done.run->description, done.run->tally);
  if (done.run && done.run->watched) json["watchers"] = watched_as_json(*done.run->watched);
  if (done.replayed)
    json["replayed"] = {{"sent", done.replayed->sent}, {"answered", done.replayed->answered}};
  if (done.judgement) json["judgement"] = judgement_as_json(*done.judgement);
  constexpr auto kReplace = nlohmann::ordered_json::error_handler_t::replace;
  return json.dump(-1, ' ', false, kReplace) + "\n";
}

ExitCode exit_code_of(const Done& done) {
  if (done.judgement && done.judgement->verdict != Verdict::clean)
    return exit_code_of(done.judgement->verdict);
  return done.run ? exit_code_of(*done.run) : ExitCode::ok;
}

ExitCode complain(ExitCode code, const std::exception& error) {
  std::cerr << "vote-loadgen: " << error.what() << '\n';
  return code;
}

}  // namespace

ExitCode Load::run(const Config& config, const Clock& clock, const Backends& backends) {
  try {
    const Done done = carry_out(wishes_, config, clock, backends);
    std::cout << (wishes_.json ? as_json(done) : for_people(done)) << std::flush;
    return exit_code_of(done);
  } catch (const UsageError& error) {
    return complain(ExitCode::usage, error);
  } catch (const EndpointError& error) {
    return complain(ExitCode::unavailable, error);
  } catch (const client::ClientError& error) {
    return complain(ExitCode::unavailable, error);
  } catch (const NotDrained& error) {
    return complain(ExitCode::unavailable, error);
  } catch (const PollError& error) {
    return complain(ExitCode::refused, error);
  }
}

}  // namespace vote::load
