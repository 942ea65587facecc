#include "command/dead_letters/selection.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "command/failure.h"
#include "command/line_reader.h"

namespace vote::command {
namespace {

std::optional<std::int64_t> parse_id(std::string_view text) {
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size() || id <= 0) return std::nullopt;
  return id;
}

Error malformed(const std::string& detail) {
  return {Code::malformed, detail};
}

[[noreturn]] void fail_too_many() {
  throw Failure(ExitCode::usage,
                "more than " + std::to_string(kChosenMax) + " dead letters at once",
                "choose some of them with --reason, --poll, --since and --until");
}

/// An object over many lines, as jq writes it without -c: to the brace that stands alone.
void read_on(LineReader& reader, std::string& object) {
  for (std::string line;
       object.size() <= LineReader::line_bytes_max && reader.wait_for_next(line);) {
    object += line;
    if (line == "}") return;
  }
}

using Refuse = std::function<void(std::uint64_t line, const Error& error)>;

std::vector<Chosen> chosen_by_lines(const Refuse& refuse) {
  std::vector<Chosen> chosen;
  LineReader reader("-");
  for (std::string line; reader.wait_for_next(line);) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (line.empty()) continue;
    const std::uint64_t number = reader.lines();
    if (line == "{") read_on(reader, line);
    auto parsed = parse_chosen_line(line);
    if (!parsed) {
      refuse(number, parsed.error());
      continue;
    }
    if (chosen.size() == kChosenMax) fail_too_many();
    parsed->line = number;
    chosen.push_back(*parsed);
  }
  return chosen;
}

std::vector<Chosen> chosen_by_filter(const FilterWish& wish, Queue& queue, Time now) {
  std::vector<Chosen> chosen;
  value_of(each_dead_letter(queue, filter_of(wish, now), [&chosen](const BuriedVote& vote) {
    if (chosen.size() == kChosenMax) fail_too_many();
    chosen.push_back({vote.letter.id, vote.letter.stamp, 0});
    return true;
  }));
  return chosen;
}

void require_one_way(const Selection& selection) {
  const bool by_filter = selection.all || selection.filter.says_something();
  if (selection.ids.empty() != by_filter)
    throw Failure(ExitCode::usage,
                  by_filter ? "ids and flags both choose" : "no dead letter is chosen",
                  "name ids, or - for lines of list --json, or give --reason, --poll, --since, "
                  "--until or --all");
}

}  // namespace

std::vector<Chosen> chosen_by_ids(const std::vector<std::string>& ids) {
  if (ids.empty())
    throw Failure(ExitCode::usage, "no dead letter is named", "vote-dlq list shows their ids");
  std::vector<Chosen> chosen;
  for (const std::string& text : ids) {
    const auto id = parse_id(text);
    if (!id)
      throw Failure(ExitCode::usage, "'" + text + "' is no dead letter's id",
                    "vote-dlq list shows their ids");
    chosen.push_back({*id, std::nullopt, 0});
  }
  return chosen;
}

Result<Chosen> parse_chosen_line(std::string_view line) {
  if (line.size() > LineReader::line_bytes_max)
    return malformed("the line is longer than " + std::to_string(LineReader::line_bytes_max) +
                     " bytes");
  if (const auto id = parse_id(line)) return Chosen{*id, std::nullopt, 0};
  std::int64_t id = 0;
  std::optional<Time> stamp;
  std::string key;
  using Event = nlohmann::json::parse_event_t;
  const auto look = [&](int depth, Event event, nlohmann::json& found) {
    if (depth == 1 && event == Event::key) key = found.get<std::string>();
    if (depth != 1 || event != Event::value) return depth == 0;
    if (key == "id" && found.is_number_unsigned()) id = found.get<std::int64_t>();
    if (key == "stamp" && found.is_string()) stamp = parse_time(found.get<std::string>());
    return false;  // nothing is kept, however deep it goes
  };
  const auto parsed = nlohmann::json::parse(line, look, false);
  if (!parsed.is_object() || id <= 0)
    return malformed("neither a dead letter's id nor a line of vote-dlq list --json");
  return Chosen{id, stamp, 0};
}

void add_selection(Verb& verb, Selection& selection) {
  verb.arguments("ID", selection.ids, "as list shows it; several may follow; - reads list --json");
  add_filter(verb, selection.filter);
  verb.flag("--all", selection.all, "every one");
}

std::vector<Chosen> choose(const Selection& selection, Queue& queue, Time now,
                           const Refuse& refuse) {
  require_one_way(selection);
  if (selection.ids.empty()) return chosen_by_filter(selection.filter, queue, now);
  std::vector<Chosen> chosen =
      selection.by_lines() ? chosen_by_lines(refuse) : chosen_by_ids(selection.ids);
  std::unordered_set<std::int64_t> seen;
  std::erase_if(chosen, [&seen](const Chosen& each) { return !seen.insert(each.id).second; });
  return chosen;
}

}  // namespace vote::command
