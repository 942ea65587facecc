#include "command/verbs/schema_view.h"

#include <nlohmann/json.hpp>

namespace vote::command {
namespace {

std::string name(SchemaState state) {
  switch (state) {
    case SchemaState::missing:
      return "missing";
    case SchemaState::behind:
      return "behind";
    case SchemaState::newer:
      return "newer";
    case SchemaState::current:
      break;
  }
  return "current";
}

}  // namespace

SchemaState state_of(const SchemaReport& report) {
  if (report.applied > report.known) return SchemaState::newer;
  if (report.applied == report.known) return SchemaState::current;
  return report.applied == 0 ? SchemaState::missing : SchemaState::behind;
}

ExitCode show_schemas(Console& console, const std::vector<SchemaReport>& reports) {
  Table table({{"PART"}, {"STATE"}, {"APPLIED", Side::right}, {"KNOWN", Side::right}, {"URL"}});
  bool all_current = true;
  for (const SchemaReport& report : reports) {
    const SchemaState state = state_of(report);
    all_current = all_current && state == SchemaState::current;
    if (state == SchemaState::missing || state == SchemaState::behind)
      console.say("the schema of the " + report.part + " is " + name(state) +
                  ": votectl db migrate brings it up to date");
    if (state == SchemaState::newer)
      console.say("the schema of the " + report.part + " is of a newer version of this program");
    if (console.json())
      console.print_json(nlohmann::json({{"part", report.part},
                                         {"state", name(state)},
                                         {"applied", report.applied},
                                         {"known", report.known},
                                         {"url", report.url}})
                             .dump());
    else
      table.add({report.part, name(state), std::to_string(report.applied),
                 std::to_string(report.known), report.url});
  }
  console.print(table);
  return all_current ? ExitCode::ok : ExitCode::storage;
}

void say_migrated(Console& console, const std::vector<SchemaReport>& before) {
  for (const SchemaReport& report : before) {
    const std::string versions =
        std::to_string(report.applied) + " → " + std::to_string(report.known);
    console.say(report.part + " " + report.url + ": " +
                (state_of(report) == SchemaState::current ? "was up to date already"
                                                          : "migrated, " + versions));
  }
}

}  // namespace vote::command
