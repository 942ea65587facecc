#include <nlohmann/json.hpp>

#include "command/choice.h"
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

class Rows {
 public:
  Rows(Console& console, Choices choices) : console_(console), choices_(std::move(choices)) {}

  void add(const nlohmann::json& entry) {
    table_.add({member_text(entry, "at"), member_text(entry, "action"),
                member_text(entry, "user_id"), texts(entry, "old_option_ids", choices_),
                texts(entry, "new_option_ids", choices_)});
    if (++held_ == (console_.terminal().output ? kRowsHeldMax : 1)) flush();
  }
  void flush() {
    console_.print(table_);
    table_ = empty();
    held_ = 0;
  }

 private:
  static Table empty() { return Table({{"AT"}, {"ACTION"}, {"USER"}, {"OLD"}, {"NEW"}}); }

  Console& console_;
  Choices choices_;
  Table table_ = empty();
  std::size_t held_ = 0;
};

ExitCode audit(Context& context, const std::string& id) {
  Console& console = context.console;
  Server server = context.server();
  const std::string path = poll_path(id, "/audit");
  if (console.json()) {
    server.get_lines(path, [&console](std::string_view line) { console.print_json(line); });
    return ExitCode::ok;
  }
  Rows rows(console, Choices(options_of(server.get(poll_path(id)).json())));
  server.get_lines(path, [&rows](std::string_view line) { rows.add(nlohmann::json::parse(line)); });
  rows.flush();
  return ExitCode::ok;
}

}  // namespace

void add_audit(Verbs& top) {
  auto id = std::make_shared<std::string>();
  Verb verb = top.add("audit", "show what happened to a poll's votes, for auditors and admins",
                      "votectl audit $poll | cut -f2 | sort | uniq -c\n"
                      "votectl audit $poll --json > audit.ndjson");
  verb.argument("POLL", *id, "the poll's id");
  verb.runs([id](Context& context) { return audit(context, *id); });
}

}  // namespace vote::command
