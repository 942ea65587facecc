#include <nlohmann/json.hpp>
#include <span>

#include "command/confirm.h"
#include "command/dead_letters/selection.h"
#include "command/dead_letters/verbs.h"
#include "command/failure.h"
#include "command/operator.h"

namespace vote::command {
namespace {

constexpr std::size_t kTogetherMax = 64;  // decided in the same transactions

struct Wish {
  Selection selection;
  bool yes = false;
  bool dry_run = false;
};

/// One of the verbs, in the words that it is told with.
struct Decision {
  std::string verb;  // "drop"
  std::string done;  // "dropped"
  Decided (Operator::*carry_out)(const BuriedVotes& votes);
  Decided (Operator::*try_out)(const BuriedVotes& votes);
  bool asks = false;
};

class Deciding {
 public:
  Deciding(Context& context, const Wish& wish, const Decision& decision)
      : context_(context),
        console_(context.console),
        wish_(wish),
        decision_(decision),
        done_words_((wish.dry_run ? "would be " : "") + decision.done) {}

  ExitCode run() {
    const auto queue = context_.backends.queue();
    const std::vector<Chosen> chosen = choose(
        wish_.selection, *queue, context_.clock.now(),
        [this](std::uint64_t line, const Error& error) { complain(line, failure_of(error)); });
    if (!chosen.empty() && !agreed(chosen.size())) {
      console_.say("nothing was " + decision_.done);
      return ExitCode::failed;
    }
    const auto store = context_.backends.store();
    Operator by(*store, *queue, operator_name());
    for (std::size_t from = 0; from < chosen.size() && !gave_up_; from += kTogetherMax)
      decide(by, *queue,
             std::span(chosen).subspan(from).first(std::min(kTogetherMax, chosen.size() - from)));
    summarise(chosen.size());
    return code_;
  }

 private:
  bool agreed(std::size_t count) const {
    if (!decision_.asks || wish_.yes || wish_.dry_run) return true;
    const std::string question = decision_.verb + " " + std::to_string(count) +
                                 (count == 1 ? " vote" : " votes") + " for good?";
    const Terminal& terminal = console_.terminal();
    if (terminal.errors && (terminal.input || wish_.selection.by_lines()))
      if (const auto answer = ask_on_terminal(question)) return *answer;
    throw Failure(ExitCode::usage, question + " there is no terminal to ask on",
                  "--yes says so in scripts; --dry-run tells what would be done");
  }

  void decide(Operator& by, Queue& queue, std::span<const Chosen> chosen) {
    std::vector<Chosen> found;
    BuriedVotes votes;
    for (const Chosen& each : chosen) {
      auto vote = find(queue, each);
      if (!vote) {
        refuse(each, vote.error());
        continue;
      }
      found.push_back(each);
      votes.push_back(std::move(*vote));
    }
    const Decided decided =
        wish_.dry_run ? (by.*decision_.try_out)(votes) : (by.*decision_.carry_out)(votes);
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (decided[i])
        report(found[i]);
      else
        refuse(found[i], decided[i].error());
    }
  }

  static Result<BuriedVote> find(Queue& queue, const Chosen& chosen) {
    auto vote = find_dead_letter(queue, chosen.id);
    if (vote && chosen.stamp && *chosen.stamp != vote->letter.stamp)
      return Error{Code::invalid_input, "dead letter " + std::to_string(chosen.id) + " is of " +
                                            to_text(vote->letter.stamp) + ", not of " +
                                            to_text(*chosen.stamp) +
                                            ": was the list made of another queue?"};
    return vote;
  }

  void report(const Chosen& chosen) {
    ++done_;
    if (console_.json())
      console_.print_json(Json{{"id", chosen.id}, {"result", done_words_}}.dump());
    console_.detail("dead letter " + std::to_string(chosen.id) + ": " + done_words_);
  }

  void refuse(const Chosen& chosen, const Error& error) {
    ++refused_;
    gave_up_ = gave_up_ || error.code == Code::unavailable;
    if (console_.json())
      console_.print_json(Json{
          {"id", chosen.id},
          {"result", "refused"},
          {"code", name(error.code)},
          {"detail",
           error.detail}}.dump(-1, ' ', false, Json::error_handler_t::replace));
    const Failure failure = failure_of(error);
    complain(chosen.line,
             error.code == Code::poll_final ? with_way_out(failure, chosen.id) : failure);
  }

  static Failure with_way_out(const Failure& failure, std::int64_t id) {
    return {failure.code(), "dead letter " + std::to_string(id) + ": " + failure.what(),
            "a final poll is never opened again: put the question anew (votectl poll create), and "
            "drop this vote (vote-dlq drop " +
                std::to_string(id) + ")"};
  }

  void complain(std::uint64_t line, const Failure& failure) {
    if (code_ == ExitCode::ok) code_ = failure.code();
    const std::string where = line == 0 ? "" : "line " + std::to_string(line) + ": ";
    const std::string hint = failure.hint().empty() ? "" : "; " + failure.hint();
    console_.complain(where + failure.what() + hint);
  }

  void summarise(std::size_t chosen) {
    std::string words = done_words_ + ": " + std::to_string(done_);
    if (refused_ > 0) words += ", refused: " + std::to_string(refused_);
    const std::size_t left = chosen - done_ - refused_;
    if (left > 0) words += ", not tried: " + std::to_string(left);
    console_.say(words);
  }

  using Json = nlohmann::ordered_json;

  Context& context_;
  Console& console_;
  const Wish& wish_;
  const Decision& decision_;
  std::string done_words_;
  std::size_t done_ = 0;
  std::size_t refused_ = 0;
  ExitCode code_ = ExitCode::ok;  // of what went wrong first
  bool gave_up_ = false;
};

void add_decision(Verbs& top, const Decision& decision, const std::string& summary,
                  const std::string& examples) {
  auto wish = std::make_shared<Wish>();
  Verb verb = top.add(decision.verb, summary, examples);
  add_selection(verb, wish->selection);
  if (decision.asks) verb.flag("-y,--yes", wish->yes, "do not ask");
  verb.flag("-n,--dry-run", wish->dry_run, "tell what would be done, and do nothing");
  verb.runs(
      [wish, decision](Context& context) { return Deciding(context, *wish, decision).run(); });
}

}  // namespace

void add_dead_letter_decisions(Verbs& top) {
  add_decision(top, {"requeue", "requeued", &Operator::requeue, &Operator::can_requeue, false},
               "send votes round again, as they were",
               "vote-dlq requeue 17 18\n"
               "vote-dlq requeue --reason unknown_poll --since 1d\n"
               "vote-dlq list --json | jq -c 'select(.offset < 4000)' | vote-dlq requeue -");
  add_decision(top, {"drop", "dropped", &Operator::drop, &Operator::can_drop, true},
               "give votes up for good",
               "vote-dlq drop 17\n"
               "vote-dlq drop --reason malformed --yes");
}

}  // namespace vote::command
