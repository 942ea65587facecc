#include <nlohmann/json.hpp>

#include "command/bars.h"
#include "command/verbs/verbs.h"
#include "runtime/stop.h"

namespace vote::command {
namespace {

constexpr Duration kWatchPeriod = std::chrono::milliseconds(500);
constexpr std::string_view kClearScreen = "\x1b[H\x1b[2J";

struct Wish {
  std::string poll;
  bool watch = false;
  bool bars = false;  // also in a pipe
};

std::vector<Standing> standings_of(const nlohmann::json& results) {
  std::vector<Standing> standings;
  for (const nlohmann::json& option : results.at("options"))
    standings.push_back({option.at("text").get<std::string>(),
                         option.at("votes").get<std::uint64_t>(),
                         option.at("percentage").get<double>()});
  return standings;
}

std::string footer_of(const nlohmann::json& results) {
  const auto total = results.at("total_votes").get<std::uint64_t>();
  return grouped(total) + (total == 1 ? " vote, " : " votes, ") + member_text(results, "status") +
         (results.at("final").get<bool>() ? ", final" : ", not final") + "\n";
}

void draw(Console& console, const nlohmann::json& results) {
  const Terminal& terminal = console.terminal();
  console.print(harmless(member_text(results, "title")) + "\n\n");
  console.print(draw_bars(standings_of(results), {terminal.width, terminal.colour}));
  console.print("\n" + footer_of(results));
}

/// Results as they come in: each is shown where it differs from the one before.
class Display {
 public:
  Display(Console& console, bool bars)
      : console_(console), drawn_(bars || console.terminal().output) {}

  void show(const client::Answer& answer) {
    if (console_.json()) return console_.print_json(answer.body);
    const nlohmann::json results = answer.json();
    if (!drawn_) return print_rows(standings_of(results));
    if (shown_ && console_.terminal().output) console_.print(kClearScreen);
    draw(console_, results);
    shown_ = true;
  }

 private:
  void print_rows(const std::vector<Standing>& standings) {
    Table table({{"NUMBER"}, {"TEXT"}, {"VOTES"}, {"PERCENTAGE"}});
    rows_.resize(standings.size());
    for (std::size_t i = 0; i < standings.size(); ++i) {
      const Standing& standing = standings[i];
      std::vector<std::string> row{std::to_string(i + 1), standing.text,
                                   std::to_string(standing.votes),
                                   one_decimal(standing.percentage)};
      if (row == rows_[i]) continue;
      rows_[i] = row;
      table.add(std::move(row));
    }
    console_.print(table);
  }

  Console& console_;
  const bool drawn_;
  std::vector<std::vector<std::string>> rows_;
  bool shown_ = false;
};

ExitCode watch(Context& context, const std::string& path, bool bars) {
  Console& console = context.console;
  Server server = context.server();
  Display display(console, bars);
  Stop never;
  std::string etag;
  for (;;) {
    if (const auto answer = server.get_if_changed(path, etag)) {
      etag = answer->field("ETag");
      display.show(*answer);
      console.finish();
      if (answer->json().at("final").get<bool>()) return ExitCode::ok;
    }
    if (console.reader_is_gone()) return ExitCode::ok;
    never.wait(kWatchPeriod);
  }
}

ExitCode show(Context& context, const Wish& wish) {
  const std::string path = poll_path(wish.poll, "/results");
  if (wish.watch) return watch(context, path, wish.bars);
  Display(context.console, wish.bars).show(context.server().get(path));
  return ExitCode::ok;
}

}  // namespace

void add_results(Verbs& top) {
  auto wish = std::make_shared<Wish>();
  Verb verb = top.add("results", "show a poll's results; in a pipe number, text, votes and share",
                      "votectl results $poll\n"
                      "votectl results $poll | sort -t'\t' -k3nr | head -3\n"
                      "votectl results $poll --watch --json | jq .total_votes");
  verb.argument("POLL", wish->poll, "the poll's id");
  verb.flag("--watch", wish->watch, "go on until they are final; in a pipe, the rows that changed");
  verb.flag("--bars", wish->bars, "draw bars in a pipe too");
  verb.runs([wish](Context& context) { return show(context, *wish); });
}

}  // namespace vote::command
