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

/// Where workers read on in the configured queue once it has no positions any more; nothing where
/// this topic is another's. They begin at offset 0 by themselves, and what the log holds from there
/// is never skipped in silence: here it is by an operator's word.
std::vector<Batch::Move> beginnings(Context& context, const std::string& topic) {
  if (topic != context.config.queue.topic) return {};
  const auto queue = context.backends.queue();
  if (topic != queue->topic()) return {};
  const auto status = value_of(
      wait_for<Result<QueueStatus>>([&queue](auto done) { queue->status(std::move(done)); }));
  std::vector<Batch::Move> moves;
  for (const PartitionStatus& each : status.partitions)
    moves.push_back({0, {topic, each.partition, each.first_offset, std::nullopt, 0}});
  return moves;
}

std::string text_of(const std::vector<Batch::Move>& moves) {
  std::string text;
  for (const Batch::Move& move : moves)
    text += (text.empty() ? "" : ", ") + ("partition " + std::to_string(move.to.partition)) +
            " at " + std::to_string(move.to.next_offset);
  return text;
}

/// Without --yes a person is asked.
void require_consent(const std::string& topic, bool read_on, bool yes) {
  if (yes) return;
  const auto consent = ask_on_terminal(
      read_on ? "Workers will read on in " + topic +
                    " with the first message that it holds now; votes that it held before and that "
                    "were not counted are lost. Is that what you want?"
              : "Polls can become final without votes that still wait in " + topic +
                    ". Has all of it been processed, and is it gone for good?");
  if (!consent)
    throw Failure(ExitCode::usage, "queue forget needs a yes, and there is no terminal to ask on",
                  "--yes says so in scripts");
  if (!*consent) throw Failure(ExitCode::failed, "nothing was forgotten");
}

void read_on(Store& store, std::vector<Batch::Move> moves) {
  std::erase_if(moves, [](const Batch::Move& move) { return move.to.next_offset == 0; });
  if (moves.empty()) return;
  Batch batch;
  batch.moves = std::move(moves);
  const auto report = value_of(wait_for<Result<BatchReport>>(
      [&](auto done) { store.record(std::move(batch), std::move(done)); }));
  if (report.positions_moved)
    throw Failure(ExitCode::unavailable, "a worker read on meanwhile",
                  "stop the workers and forget the queue again");
}

ExitCode forget(Context& context, const std::string& topic, bool yes) {
  const auto store = context.backends.store();
  const std::vector<Batch::Move> moves = beginnings(context, topic);
  require_consent(topic, !moves.empty(), yes);
  OperatorAction note;
  note.actor = operator_name();
  note.action = "queue_forgotten";
  note.detail = topic + (moves.empty() ? "" : ", read on: " + text_of(moves));
  const auto done = wait_for<Result<Done>>(
      [&](auto completion) { store->forget_topic(topic, note, std::move(completion)); });
  if (!done && done.error().code == Code::not_found)
    throw Failure(ExitCode::not_found, "not found: " + done.error().detail);
  value_of(done);
  read_on(*store, moves);
  context.console.say(
      "forgot " + topic + ": " +
      (moves.empty() ? "no poll waits for votes in it any more"
                     : "workers read on with the first message that it holds, " + text_of(moves)));
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
  Verb forgetting = verbs.add(
      "forget", "declare a queue topic processed and gone for good, or its beginning lost for good",
      "votectl -c vote.toml queue forget votes --yes");
  forgetting.argument("TOPIC", wish->topic, "as the store knows it");
  forgetting.flag("-y,--yes", wish->yes, "do not ask");
  forgetting.runs([wish](Context& context) { return forget(context, wish->topic, wish->yes); });
}

}  // namespace vote::command
