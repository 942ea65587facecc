#include <nlohmann/json.hpp>

#include "command/verbs/verbs.h"

namespace vote::command {
namespace {

struct Wish {
  bool mine = false;
  std::optional<std::string> status;
  std::optional<std::uint32_t> limit;
};

ExitCode list(Context& context, const Wish& wish) {
  std::string path = "/v1/polls?";
  if (wish.mine) path += "mine=true&";
  if (wish.status) path += "status=" + client::encoded(*wish.status) + "&";
  path.pop_back();
  Console& console = context.console;
  Table table({{"POLL"}, {"STATUS"}, {"END"}, {"TITLE"}});
  std::uint32_t left = wish.limit.value_or(std::numeric_limits<std::uint32_t>::max());
  const auto take = [&](const nlohmann::json& poll) {
    if (left == 0) return false;
    --left;
    if (console.json())
      console.print_json(poll.dump());
    else
      table.add({member_text(poll, "poll_id"), member_text(poll, "status"),
                 member_text(poll, "end_time"), member_text(poll, "title")});
    return left > 0;
  };
  context.server().get_list(path, "polls", take);
  console.print(table);
  return ExitCode::ok;
}

}  // namespace

void add_poll_list(Verbs& poll) {
  auto wish = std::make_shared<Wish>();
  Verb verb = poll.add("list", "list polls, the newest first",
                       "votectl poll list --status active\n"
                       "votectl poll list --mine | cut -f1,4");
  verb.flag("--mine", wish->mine, "only your own, drafts included");
  verb.option("--status", wish->status, "draft|scheduled|active|closed", "what they are now");
  verb.option("--limit", wish->limit, "N", "no more than so many");
  verb.runs([wish](Context& context) { return list(context, *wish); });
}

}  // namespace vote::command
