#include <nlohmann/json.hpp>

#include "command/confirm.h"
#include "command/dead_letters/verbs.h"
#include "command/failure.h"
#include "command/operator.h"
#include "process/lost_votes.h"

namespace vote::command {
namespace {

struct Wish {
  std::optional<std::string> poll;
  bool drop = false;
  bool yes = false;
};

template <class Id>
std::string text_of(const std::optional<Id>& id) {
  return id ? id->text() : "";
}

class Losing {
 public:
  Losing(Context& context, const Wish& wish)
      : context_(context),
        console_(context.console),
        wish_(wish),
        store_(context.backends.store()),
        queue_(context.backends.queue()) {
    if (!wish.poll) return;
    poll_ = PollId::parse(*wish.poll);
    if (!poll_) throw Failure(ExitCode::usage, "--poll " + *wish.poll + ": is no poll's id");
  }

  ExitCode run() {
    LostVotes lost = find();
    show(lost.votes);
    if (wish_.drop) return drop(std::move(lost));
    if (lost.not_looked_at > 0) say_not_looked_at(lost);
    return ExitCode::ok;
  }

 private:
  LostVotes find() {
    return value_of(find_lost_votes(*store_, *queue_, context_.clock,
                                    context_.config.worker.max_retries + 1, poll_));
  }

  void show(const std::vector<UndecidedVote>& votes) {
    Table table({{"POLL"}, {"VOTER"}, {"REQUEST"}, {"FIRST STAMP"}, {"STATE"}, {"REASON"}});
    for (const UndecidedVote& vote : votes) {
      if (console_.json())
        console_.print_json(nlohmann::ordered_json{
            {"poll_id", vote.poll.text()},
            {"user_id", text_of(vote.voter)},
            {"request_id", text_of(vote.request)},
            {"first_stamp", to_text(vote.first_stamp)},
            {"state", name(vote.state)},
            {"reason",
             vote.reason}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
      else
        table.add({vote.poll.text(), text_of(vote.voter), text_of(vote.request),
                   to_text(vote.first_stamp), std::string(name(vote.state)), vote.reason});
    }
    console_.print(table);
  }

  /// Those behind the ones that are shown too, as they come to light.
  ExitCode drop(LostVotes lost) {
    std::size_t dropped = 0;
    if (!lost.votes.empty()) require_consent(lost);
    while (!lost.votes.empty()) {
      for (const UndecidedVote& vote : lost.votes)
        value_of(give_up(*store_, operator_name(), vote));
      dropped += lost.votes.size();
      lost = find();
    }
    console_.say("dropped: " + std::to_string(dropped));
    if (lost.not_looked_at > 0) say_not_looked_at(lost);
    return ExitCode::ok;
  }

  void require_consent(const LostVotes& lost) const {
    if (wish_.yes) return;
    const std::string count = std::to_string(lost.votes.size());
    const std::string behind =
        lost.not_looked_at == 0 ? "" : ", and those behind them that are lost too,";
    const std::string question =
        "drop " + count + (lost.votes.size() == 1 ? " vote" : " votes") + behind + " for good?";
    const auto consent = ask_on_terminal(question);
    if (!consent)
      throw Failure(ExitCode::usage, "lost --drop needs a yes, and there is no terminal to ask on",
                    "--yes says so in scripts");
    if (!*consent) throw Failure(ExitCode::failed, "nothing was dropped");
  }

  void say_not_looked_at(const LostVotes& lost) {
    console_.say("not looked at: " + std::to_string(lost.not_looked_at) +
                 " more, until those before them in their polls are decided");
  }

  Context& context_;
  Console& console_;
  const Wish& wish_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Queue> queue_;
  std::optional<PollId> poll_;
};

}  // namespace

void add_lost_votes(Verbs& top) {
  auto wish = std::make_shared<Wish>();
  Verb verb =
      top.add("lost", "list votes that hold polls back and are in no queue any more, or drop them",
              "vote-dlq lost\n"
              "vote-dlq lost --drop --yes");
  verb.option("--poll", wish->poll, "POLL", "only votes on this poll");
  verb.flag("--drop", wish->drop, "give them up for good");
  verb.flag("-y,--yes", wish->yes, "do not ask");
  verb.runs([wish](Context& context) { return Losing(context, *wish).run(); });
}

}  // namespace vote::command
