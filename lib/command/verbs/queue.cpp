#include <algorithm>
#include <nlohmann/json.hpp>

#include "command/confirm.h"
#include "command/failure.h"
#include "command/operator.h"
#include "command/verbs/schema_view.h"
#include "command/verbs/verbs.h"
#include "runtime/blocking.h"

namespace vote::command {
namespace {

ExitCode create(Context& context) {
  say_migrated(context.console, context.backends.migrate("queue"));
  for (const std::string& line : context.backends.make_topics()) context.console.say(line);
  return ExitCode::ok;
}

/// What was dropped before anybody read it is nobody's work any more.
std::int64_t lag_of(const PartitionStatus& each) {
  return each.end_offset - std::max(each.committed, each.first_offset);
}

nlohmann::json json_of(const QueueStatus& status) {
  nlohmann::json partitions = nlohmann::json::array();
  for (const PartitionStatus& each : status.partitions)
    partitions.push_back({{"partition", each.partition},
                          {"first_offset", each.first_offset},
                          {"end_offset", each.end_offset},
                          {"committed", each.committed},
                          {"lag", lag_of(each)},
                          {"replicas", each.replicas},
                          {"in_sync", each.in_sync}});
  return {{"topic", status.topic},
          {"dead_letters", status.dead_letters},
          {"warnings", status.warnings},
          {"partitions", std::move(partitions)}};
}

ExitCode show(Context& context) {
  Console& console = context.console;
  const auto queue = context.backends.queue();
  const auto status = value_of(
      wait_for<Result<QueueStatus>>([&queue](auto done) { queue->status(std::move(done)); }));
  if (console.json()) {
    console.print_json(json_of(status).dump());
    return ExitCode::ok;
  }
  Table table({{"TOPIC"},
               {"PARTITION", Side::right},
               {"FIRST", Side::right},
               {"END", Side::right},
               {"COMMITTED", Side::right},
               {"LAG", Side::right},
               {"REPLICAS", Side::right},
               {"IN SYNC", Side::right}});
  for (const PartitionStatus& each : status.partitions)
    table.add({status.topic, std::to_string(each.partition), std::to_string(each.first_offset),
               std::to_string(each.end_offset), std::to_string(each.committed),
               std::to_string(lag_of(each)), std::to_string(each.replicas),
               std::to_string(each.in_sync)});
  console.print(table);
  console.say("dead letters: " + std::to_string(status.dead_letters));
  for (const std::string& warning : status.warnings) console.say("warning: " + warning);
  return ExitCode::ok;
}

/// Without --yes a person is asked.
void require_consent(const std::string& topic, bool yes) {
  if (yes) return;
  const auto consent =
      ask_on_terminal("Polls can become final without votes that still wait in " + topic +
                      ". Has all of it been processed, and is it gone for good? [y/N] ");
  if (!consent)
    throw Failure(ExitCode::usage, "queue forget needs a yes, and there is no terminal to ask on",
                  "--yes says so in scripts");
  if (!*consent) throw Failure(ExitCode::failed, "nothing was forgotten");
}

ExitCode forget(Context& context, const std::string& topic, bool yes) {
  const auto store = context.backends.store();
  require_consent(topic, yes);
  OperatorAction note;
  note.actor = operator_name();
  note.action = "queue_forgotten";
  note.detail = topic;
  const auto done = wait_for<Result<Done>>(
      [&](auto completion) { store->forget_topic(topic, note, std::move(completion)); });
  if (!done && done.error().code == Code::not_found)
    throw Failure(ExitCode::not_found, "not found: " + done.error().detail);
  value_of(done);
  context.console.say("forgot " + topic + ": no poll waits for votes in it any more");
  return ExitCode::ok;
}

}  // namespace

void add_queue(Verbs& top) {
  Verbs verbs = top.add_noun("queue", "the queue itself, without vote-api");
  Verb creating = verbs.add("create", "make the queue where there is none",
                            "votectl -c vote.toml queue create");
  creating.runs(create);
  Verb showing = verbs.add("status", "show each partition's offsets and how far the workers are",
                           "votectl -c vote.toml queue status");
  showing.runs(show);
  struct Wish {
    std::string topic;
    bool yes = false;
  };
  auto wish = std::make_shared<Wish>();
  Verb forgetting =
      verbs.add("forget",
                "declare a queue topic processed and gone for good, so that polls become final "
                "without it",
                "votectl -c vote.toml queue forget votes --yes");
  forgetting.argument("TOPIC", wish->topic, "as the store knows it");
  forgetting.flag("-y,--yes", wish->yes, "do not ask");
  forgetting.runs([wish](Context& context) { return forget(context, wish->topic, wish->yes); });
}

}  // namespace vote::command
