#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "command/bars.h"
#include "command/failure.h"
#include "command/verbs/verbs.h"
#include "runtime/stop.h"

namespace vote::command {
namespace {

// How soon --watch comes back after it has lost the server.
constexpr Duration kFirstDelay = std::chrono::milliseconds(100);
constexpr Duration kDelayMax = std::chrono::seconds(2);

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

std::string drawing_of(const nlohmann::json& results, const Terminal& terminal) {
  return cut_to(harmless(member_text(results, "title")), terminal.width) + "\n\n" +
         draw_bars(standings_of(results), {terminal.width, terminal.colour}) + "\n" +
         footer_of(results);
}

/// Results as they come in: each is shown where it differs from the one before.
class Display {
 public:
  Display(Console& console, bool bars)
      : console_(console), drawn_(bars || console.terminal().output) {}

  void show(const nlohmann::json& results, std::string_view text) {
    final_ = results.at("final").get<bool>();
    if (console_.json()) return console_.print_json(text);
    if (!drawn_) return print_rows(standings_of(results));
    draw(drawing_of(results, console_.terminal()));
  }
  bool final() const { return final_; }

 private:
  /// Over the drawing before it, on a terminal.
  void draw(const std::string& drawing) {
    if (lines_ > 0 && console_.terminal().output)
      console_.print("\x1b[" + std::to_string(lines_) + "A\x1b[J");
    console_.print(drawing);
    lines_ = std::count(drawing.begin(), drawing.end(), '\n');
  }

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
  std::ptrdiff_t lines_ = 0;  // of the last drawing
  bool final_ = false;
};

/// `--watch`: the server's events, and coming back for more where the server went away.
class Watching {
 public:
  Watching(Context& context, std::string path, bool bars)
      : console_(context.console),
        server_(context.server()),
        path_(std::move(path)),
        display_(console_, bars) {}

  void to_the_end() {
    for (;;) {
      take_events();
      if (over()) return;
      Stop().wait(delays_.next());
    }
  }

 private:
  bool over() const { return display_.final() || !more_ || console_.reader_is_gone(); }

  void take_events() {
    try {
      more_ = server_.get_events(
          path_, last_id_, [this](const ServerEvent& event) { take(event); },
          [this] { return !console_.reader_is_gone(); });
    } catch (const client::ClientError& error) {
      lose(error.what());
    } catch (const Failure& failure) {
      if (failure.code() != ExitCode::unavailable || last_id_.empty()) throw;
      lose(failure.what());
    }
  }

  void take(const ServerEvent& event) {
    if (lost_) console_.say("connected again");
    lost_ = false;
    delays_.reset();
    if (std::exchange(last_id_, event.id) == event.id)
      return;  // seen before the connection was lost
    display_.show(client::Answer{200, {}, event.data}.json(), event.data);
    console_.finish();
  }

  void lose(const std::string& why) {
    if (last_id_.empty()) throw client::ClientError(why);
    if (!std::exchange(lost_, true)) console_.say(why + "; trying again");
  }

  Console& console_;
  Server server_;
  const std::string path_;
  Display display_;
  BackOff delays_{kFirstDelay, kDelayMax};
  std::string last_id_;
  bool more_ = true;
  bool lost_ = false;
};

ExitCode show(Context& context, const Wish& wish) {
  if (wish.watch) {
    Watching(context, poll_path(wish.poll, "/results/events"), wish.bars).to_the_end();
    return ExitCode::ok;
  }
  const client::Answer answer = context.server().get(poll_path(wish.poll, "/results"));
  Display(context.console, wish.bars).show(answer.json(), answer.body);
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
