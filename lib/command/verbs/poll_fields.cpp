#include "command/verbs/poll_fields.h"

#include <nlohmann/json.hpp>

#include "command/failure.h"
#include "command/line_reader.h"

namespace vote::command {
namespace {

Time time_given(const std::string& flag, const std::string& text) {
  if (const auto time = parse_time(text)) return *time;
  throw Failure(ExitCode::usage, flag + ": '" + text + "' is no time",
                "write it like 2030-01-31T18:00:00Z or 2030-01-31T18:00:00+01:00");
}

std::vector<std::string> lines_of(const std::string& path) {
  LineReader reader(path);
  std::vector<std::string> lines;
  for (std::string line; reader.wait_for_next(line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

}  // namespace

void PollFields::add_to(Verb& verb) {
  verb.options("-o,--option", options, "TEXT", "an option; once for each of 2 to 100");
  verb.option("--options-from", options_from, "FILE", "options, one a line; - is stdin");
  verb.option("--description", description, "TEXT", "more words on what is asked");
  verb.option("--start", start, "TIME", "when it opens (RFC 3339); now unless given");
  verb.option("--end", end, "TIME", "when it closes (RFC 3339)");
  verb.option("--for", length, "DURATION", "closes so long after its start: 30min, 2h, 7d");
  verb.either("--allow-anonymous", "--no-allow-anonymous", allow_anonymous,
              "guests may vote (vote --guest)");
  verb.either("--hide-results", "--show-results", hide_results,
              "results only for who has voted, until the end");
  verb.either("--allow-vote-change", "--no-allow-vote-change", allow_vote_change,
              "votes may be changed and revoked until the end");
  verb.option("--multiple", multiple, "N", "up to N options on one ballot");
}

nlohmann::json PollFields::members(Time now) const {
  nlohmann::json out = nlohmann::json::object();
  if (description) out["description"] = *description;
  std::vector<std::string> texts = options;
  if (options_from)
    for (std::string& line : lines_of(*options_from)) texts.push_back(std::move(line));
  if (!texts.empty()) out["options"] = texts;
  const Time opens = start ? time_given("--start", *start) : now;
  if (start) out["start_time"] = to_text(opens);
  if (end && length) throw Failure(ExitCode::usage, "--end and --for both say when it closes");
  if (end) out["end_time"] = to_text(time_given("--end", *end));
  if (length) {
    const auto duration = parse_duration(*length);
    if (!duration || duration->count() <= 0)
      throw Failure(ExitCode::usage, "--for: '" + *length + "' is no length of time",
                    "write it like 30min, 2h or 7d");
    out["end_time"] = to_text(opens + *duration);
  }
  if (allow_anonymous) out["allow_anonymous"] = *allow_anonymous;
  if (hide_results) out["show_results_during_voting"] = !*hide_results;
  if (allow_vote_change) out["allow_vote_change"] = *allow_vote_change;
  if (multiple) {
    out["allow_multiple_options"] = *multiple > 1;
    out["max_votes_per_user"] = *multiple;
  }
  return out;
}

}  // namespace vote::command
