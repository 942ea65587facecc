#include <nlohmann/json.hpp>

#include "command/failure.h"
#include "command/verbs/verbs.h"
#include "runtime/blocking.h"

namespace vote::command {
namespace {

ExitCode list(Context& context) {
  Console& console = context.console;
  const auto store = context.backends.store();
  const auto leases = value_of(wait_for<Result<std::vector<LeaseInfo>>>(
      [&store](auto done) { store->leases(std::move(done)); }));
  Table table({{"NAME"}, {"RENEWED"}, {"EXPIRES"}});
  for (const LeaseInfo& lease : leases) {
    if (console.json())
      console.print_json(nlohmann::json({{"name", lease.name},
                                         {"renewed_at", to_text(lease.renewed_at)},
                                         {"expires_at", to_text(lease.expires_at)}})
                             .dump());
    else
      table.add({lease.name, to_text(lease.renewed_at), to_text(lease.expires_at)});
  }
  console.print(table);
  return ExitCode::ok;
}

ExitCode forget(Context& context, const std::string& name) {
  const auto store = context.backends.store();
  const auto done = wait_for<Result<Done>>(
      [&](auto completion) { store->forget_lease(name, std::move(completion)); });
  if (!done && done.error().code == Code::not_found)
    throw Failure(ExitCode::not_found, "not found: no vote-api is known as '" + name + "'",
                  "votectl api list shows them");
  value_of(done);
  context.console.say("forgot " + name + ": polls close without waiting for it");
  return ExitCode::ok;
}

}  // namespace

void add_api(Verbs& top) {
  Verbs verbs = top.add_noun("api", "the vote-api processes that the store knows");
  Verb listing = verbs.add("list", "list them with their leases", "votectl -c vote.toml api list");
  listing.runs(list);
  auto name = std::make_shared<std::string>();
  Verb forgetting =
      verbs.add("forget", "declare one gone for good, so that closing a poll need not wait for it",
                "votectl -c vote.toml api forget web1/127.0.0.1:8080");
  forgetting.argument("NAME", *name, "as api list shows it");
  forgetting.runs([name](Context& context) { return forget(context, *name); });
}

}  // namespace vote::command
