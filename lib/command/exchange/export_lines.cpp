#include "command/exchange/export_lines.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace vote::command {
namespace {

constexpr std::uint64_t kVersion = 1;
constexpr std::uint64_t kRevisionMax = 4'294'967'295;

std::vector<PollOption> options_of(const JsonLine& poll) {
  std::vector<PollOption> options;
  for (const JsonLine& each : poll.lines("options"))
    options.push_back({each.id<OptionId>("option_id"), each.text("text")});
  return options;
}

Poll poll_of(const JsonLine& line) {
  Poll poll;
  poll.id = line.id<PollId>("poll_id");
  poll.owner = line.id<UserId>("creator_id");
  poll.title = line.text("title");
  poll.description = line.text("description");
  poll.start_time = line.time("start_time");
  poll.end_time = line.time("end_time");
  poll.settings.allow_anonymous = line.truth("allow_anonymous");
  poll.settings.show_results_during_voting = line.truth("show_results_during_voting");
  poll.settings.allow_multiple_options = line.truth("allow_multiple_options");
  poll.settings.allow_vote_change = line.truth("allow_vote_change");
  poll.settings.max_votes_per_user =
      static_cast<std::uint32_t>(line.number("max_votes_per_user", 1, kOptionsMax));
  poll.options = options_of(line);
  return poll;
}

std::vector<OptionId> choice_of(const JsonLine& line, const Poll& poll) {
  std::vector<OptionId> options;
  for (const nlohmann::json& each : line.list("option_ids")) {
    const std::string text = each.is_string() ? each.get<std::string>() : "";
    const auto id = OptionId::parse(text);
    if (!id) line.refuse("option_ids", "option_ids holds what is no UUID");
    if (!poll.index_of(*id)) line.refuse(text, "option " + text + " is not one of this poll's");
    options.push_back(*id);
  }
  return options;
}

}  // namespace

ExportHeader header_of(const JsonLine& line) {
  if (!line.has("format") || line.text("format") != "vote-export")
    line.refuse("format", "the first line is no header of an export: \"format\":\"vote-export\"");
  line.require_only({"format", "version", "exported_at", "anonymous", "ended_at", "poll"});
  if (line.number("version", 1, kRevisionMax) != kVersion)
    line.refuse("version", "this program knows version " + std::to_string(kVersion) +
                               " of exports: install the newer program");
  ExportHeader header;
  header.anonymous = line.truth("anonymous");
  header.poll = poll_of(line.inner("poll"));
  const Time exported = line.time("exported_at");
  header.poll.end_time =
      line.has("ended_at") ? line.time("ended_at") : std::min(header.poll.end_time, exported);
  return header;
}

FileBallot ballot_of(const JsonLine& line, const ExportHeader& header) {
  FileBallot ballot;
  ballot.place = line.place_of("");
  if (header.anonymous) {
    line.require_only({"ballots", "option_ids"});
    ballot.count = line.number("ballots", 1, kBallotsMax);
  } else {
    line.require_only({"user_id", "request_id", "cast_at", "revision", "option_ids"});
    ballot.voter = line.id<UserId>("user_id");
    ballot.request = line.id<RequestId>("request_id");
    ballot.cast_at = line.time("cast_at");
    ballot.revision = static_cast<std::uint32_t>(line.number("revision", 0, kRevisionMax));
  }
  ballot.options = choice_of(line, header.poll);
  return ballot;
}

ExportCount::ExportCount(const Poll& poll) {
  for (const PollOption& option : poll.options) votes.emplace(option.id, 0);
}

void ExportCount::add(const std::vector<OptionId>& options, std::uint64_t more) {
  ballots += more;
  if (!options.empty()) total_votes += more;
  for (const OptionId& option : options) votes[option] += more;
}

void check_end(const JsonLine& line, const ExportCount& counted) {
  line.require_only({"end", "ballots", "results"});
  const auto differ = [&line](const char* name, std::uint64_t above, std::uint64_t said) {
    if (above != said)
      line.refuse(name, "the lines above hold " + std::to_string(above) + " " + name +
                            ", the end says " + std::to_string(said) +
                            ": the file is incomplete, or was changed");
  };
  differ("ballots", counted.ballots, line.number("ballots", 0, UINT64_MAX));
  const JsonLine results = line.inner("results");
  differ("total_votes", counted.total_votes, results.number("total_votes", 0, UINT64_MAX));
  for (const JsonLine& each : results.lines("options")) {
    const auto found = counted.votes.find(each.id<OptionId>("option_id"));
    if (found == counted.votes.end()) line.refuse("options", "the end names another option");
    differ("votes", found->second, each.number("votes", 0, UINT64_MAX));
  }
}

}  // namespace vote::command
