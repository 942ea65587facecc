#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>

#include "command/choice.h"
#include "command/failure.h"
#include "command/verbs/verbs.h"

namespace vote::command {
namespace {

constexpr std::size_t kRowsHeldMax = 500;  // on a terminal, whose columns are aligned

std::string texts(const nlohmann::json& entry, const char* name, const Choices& choices) {
  std::string out;
  const auto found = entry.find(name);
  if (found == entry.end() || !found->is_array()) return out;
  for (const nlohmann::json& id : *found) {
    if (!out.empty()) out += ", ";
    out += choices.text_of(id.get<std::string>());
  }
  return out;
}

/// Rows on their way out, few at a time, however many there are.
class Lines {
 public:
  Lines(Console& console, std::vector<Column> columns)
      : console_(console), columns_(std::move(columns)), table_(columns_) {}

  void add(std::vector<std::string> cells) {
    table_.add(std::move(cells));
    if (++held_ == (console_.terminal().output ? kRowsHeldMax : 1)) flush();
  }
  void flush() {
    console_.print(table_);
    table_ = Table(columns_);
    held_ = 0;
  }

 private:
  Console& console_;
  std::vector<Column> columns_;
  Table table_;
  std::size_t held_ = 0;
};

struct Wish {
  std::optional<std::string> poll;
  bool actions = false;
};

/// What auditors, admins and operators did.
ExitCode show_actions(Context& context, const Wish& wish) {
  Console& console = context.console;
  std::string path = "/v1/operator-log";
  if (wish.poll) path += poll_path(*wish.poll).replace(0, std::strlen("/v1/polls/"), "?poll=");
  Lines lines(console, {{"AT"}, {"ACTION"}, {"ACTOR"}, {"IP"}, {"POLL"}, {"USER"}, {"DETAIL"}});
  context.server().get_lines(path, [&](std::string_view line) {
    if (console.json()) return console.print_json(line);
    const auto action = nlohmann::json::parse(line);
    std::vector<std::string> cells;
    for (const char* name : {"at", "action", "actor", "ip", "poll_id", "user_id", "detail"})
      cells.push_back(member_text(action, name));
    lines.add(std::move(cells));
  });
  lines.flush();
  return ExitCode::ok;
}

ExitCode show_votes(Context& context, const std::string& id) {
  Console& console = context.console;
  Server server = context.server();
  const std::string path = poll_path(id, "/audit");
  if (console.json()) {
    server.get_lines(path, [&console](std::string_view line) { console.print_json(line); });
    return ExitCode::ok;
  }
  const Choices choices(options_of(server.get(poll_path(id)).json()));
  Lines lines(console, {{"AT"}, {"ACTION"}, {"USER"}, {"OLD"}, {"NEW"}, {"IP"}});
  server.get_lines(path, [&](std::string_view line) {
    const auto entry = nlohmann::json::parse(line);
    lines.add({member_text(entry, "at"), member_text(entry, "action"),
               member_text(entry, "user_id"), texts(entry, "old_option_ids", choices),
               texts(entry, "new_option_ids", choices), member_text(entry, "ip")});
  });
  lines.flush();
  return ExitCode::ok;
}

ExitCode audit(Context& context, const Wish& wish) {
  if (wish.actions) return show_actions(context, wish);
  if (!wish.poll)
    throw Failure(ExitCode::usage, "no poll is named", "votectl poll list shows the ids");
  return show_votes(context, *wish.poll);
}

}  // namespace

void add_audit(Verbs& top) {
  auto wish = std::make_shared<Wish>();
  Verb verb = top.add("audit", "show what happened to a poll's votes, for auditors and admins",
                      "votectl audit $poll | cut -f2 | sort | uniq -c\n"
                      "votectl audit $poll --json > audit.ndjson\n"
                      "votectl audit --actions | cut -f2,3");
  verb.optional_argument("POLL", wish->poll, "the poll's id");
  verb.flag("--actions", wish->actions,
            "instead who read, exported, imported or repaired what, of one poll or all");
  verb.runs([wish](Context& context) { return audit(context, *wish); });
}

}  // namespace vote::command
