#include <nlohmann/json.hpp>
#include <optional>

#include "command/exchange/ballot_check.h"
#include "command/failure.h"
#include "command/operator.h"
#include "command/verbs/verbs.h"
#include "runtime/blocking.h"
#include "runtime/random.h"

namespace vote::command {
namespace {

constexpr std::uint64_t kComplaintsShownMax = 20;

struct Wish {
  std::string file;
  bool dry_run = false;
  bool new_id = false;
  std::optional<std::string> format;
  std::optional<std::string> title;
  std::optional<std::string> owner;
  std::optional<std::uint32_t> multiple;
};

BallotFormat format_wished(const Wish& wish, Rereadable& input) {
  if (!wish.format) return format_of(input);
  if (*wish.format == "csv") return BallotFormat::csv;
  if (*wish.format == "ndjson") return BallotFormat::ndjson;
  throw Failure(ExitCode::usage, "--format: '" + *wish.format + "' is no format", "ndjson or csv");
}

std::string text_of(const Rereadable& input, const Complaint& complaint) {
  return input.name() + ":" + std::to_string(complaint.place.line) + ":" +
         std::to_string(complaint.place.column) + ": " + complaint.text;
}

class Import {
 public:
  Import(Context& context, const Wish& wish)
      : context_(context),
        wish_(wish),
        input_(wish.file),
        format_(format_wished(wish, input_)),
        file_(open()),
        poll_(file_->poll()) {}

  ExitCode run() {
    name_poll();
    if (!check()) return ExitCode::refused;
    if (auto error = check_poll(poll_))
      throw Failure(ExitCode::refused, text_of(input_, {{}, "the poll: " + error->detail}));
    // A CSV, and with --new-id any file, becomes a poll that cannot be there yet.
    const bool keeps_id = poll_.id == file_->poll().id;
    if (wish_.dry_run && !keeps_id) return promise();
    const auto store = context_.backends.store();
    if (keeps_id) require_new(*store);
    if (wish_.dry_run) return promise();
    const PollCounts counts = value_of(wait_for<Result<PollCounts>>(
        [&](auto done) { store->import_poll(whole(), std::move(done)); }));
    if (context_.console.json())
      context_.console.print_json(nlohmann::ordered_json{
          {"poll_id", poll_.id.text()},
          {"ballots",
           checked_.ballots}}.dump());
    else
      context_.console.print(poll_.id.text() + "\n");
    context_.console.say("imported '" + poll_.title + "': " + std::to_string(checked_.ballots) +
                         " ballots, " + std::to_string(counts.total_votes) + " votes, final");
    return ExitCode::ok;
  }

 private:
  std::unique_ptr<BallotFile> open() {
    Opened opened =
        format_ == BallotFormat::csv ? open_csv(input_, context_.clock) : open_ndjson(input_);
    if (const auto* wrong = std::get_if<Complaint>(&opened))
      throw Failure(ExitCode::refused, text_of(input_, *wrong));
    return std::get<std::unique_ptr<BallotFile>>(std::move(opened));
  }

  void name_poll() {
    const bool csv = format_ == BallotFormat::csv;
    if (csv && !wish_.title)
      throw Failure(ExitCode::usage, "a CSV does not say what was asked", "--title TEXT");
    if (!csv && wish_.multiple)
      throw Failure(ExitCode::usage, "--multiple is for a CSV; an export of NDJSON says it itself");
    if (wish_.title) poll_.title = *wish_.title;
    if (csv || wish_.new_id) poll_.id = fresh_id<PollId>(context_.clock);
    if (!wish_.owner) return;
    const auto owner = UserId::parse(*wish_.owner);
    if (!owner) throw Failure(ExitCode::usage, "--owner: '" + *wish_.owner + "' is no user's id");
    poll_.owner = *owner;
  }

  /// Whether all of the file can be imported; says why not.
  bool check() {
    const auto all = static_cast<std::uint32_t>(poll_.options.size());
    const bool csv = format_ == BallotFormat::csv;
    const std::uint32_t most =
        csv ? wish_.multiple.value_or(all) : poll_.settings.max_votes_per_user;
    std::uint64_t shown = 0;
    checked_ = check_ballots(*file_, most, [&](const Complaint& complaint) {
      if (shown++ < kComplaintsShownMax) context_.console.complain(text_of(input_, complaint));
    });
    if (shown > kComplaintsShownMax)
      context_.console.complain("and " + std::to_string(shown - kComplaintsShownMax) + " more");
    if (csv) settle_csv();
    settle_times();
    if (checked_.complaints > 0)
      context_.console.complain("nothing of " + input_.name() + " was imported");
    return checked_.complaints == 0;
  }

  /// What a CSV does not tell.
  void settle_csv() {
    const std::uint32_t most = wish_.multiple.value_or(std::max(checked_.options_max, 1U));
    poll_.settings.allow_multiple_options = most > 1;
    poll_.settings.max_votes_per_user = most;
    poll_.end_time = context_.clock.now();
    poll_.start_time = checked_.first_cast.value_or(poll_.end_time);
  }

  /// The poll is over, whatever another machine's clock said.
  void settle_times() {
    poll_.end_time = std::min(poll_.end_time, context_.clock.now());
    poll_.start_time = std::min(poll_.start_time, poll_.end_time - std::chrono::seconds(1));
  }

  void require_new(Store& store) const {
    const auto found =
        wait_for<Result<Poll>>([&](auto done) { store.poll(poll_.id, std::move(done)); });
    if (found)
      throw Failure(ExitCode::conflict, "there is a poll " + poll_.id.text() + " already",
                    "--new-id adds this one as another poll");
    if (found.error().code != Code::not_found) throw failure_of(found.error());
  }

  ExitCode promise() {
    context_.console.say(input_.name() + " can be imported: '" + poll_.title + "', " +
                         std::to_string(checked_.ballots) + " ballots");
    return ExitCode::ok;
  }

  PollImport whole() {
    PollImport poll;
    poll.poll = poll_;
    poll.rewind = [this] {
      file_->rewind();
      left_ = 0;
    };
    poll.next = [this] { return next(); };
    poll.note.actor = operator_name();
    poll.note.action = "imported";
    poll.note.poll = poll_.id;
    poll.note.detail = std::to_string(checked_.ballots) + " ballots of " + input_.name();
    return poll;
  }

  Result<std::optional<VoterBallot>> next() {
    if (left_ == 0) {
      BallotFile::Next next = file_->next();
      if (std::holds_alternative<BallotFile::End>(next)) return std::optional<VoterBallot>();
      if (const auto* wrong = std::get_if<Complaint>(&next))
        return Error{Code::invalid_input, "the file changed meanwhile: " + text_of(input_, *wrong)};
      ballot_ = std::get<FileBallot>(std::move(next));
      left_ = ballot_.count;
    }
    --left_;
    const Clock& clock = context_.clock;
    return std::optional(
        VoterBallot{ballot_.voter ? *ballot_.voter : fresh_id<UserId>(clock),
                    ballot_.request ? *ballot_.request : fresh_id<RequestId>(clock),
                    ballot_.options, ballot_.revision, ballot_.cast_at.value_or(poll_.end_time)});
  }

  Context& context_;
  const Wish& wish_;
  Rereadable input_;
  BallotFormat format_;
  std::unique_ptr<BallotFile> file_;
  Poll poll_;
  Checked checked_;
  FileBallot ballot_;       // being given out
  std::uint64_t left_ = 0;  // of its count
};

}  // namespace

void add_import(Verbs& top) {
  auto wish = std::make_shared<Wish>();
  Verb verb = top.add("import", "add a poll that is over, with its ballots, to the store itself",
                      "votectl -c vote.toml import poll.ndjson --dry-run\n"
                      "votectl -c vote.toml import paper-ballots.csv --title 'Mayor of Soupville'");
  verb.argument("FILE", wish->file, "what votectl export wrote, or a CSV like it; - is stdin");
  verb.flag("--dry-run", wish->dry_run, "only look whether all of it can be imported");
  verb.flag("--new-id", wish->new_id, "as another poll than the one that was exported");
  verb.option("--format", wish->format, "ndjson|csv",
              "ndjson or csv; by the first byte unless given");
  verb.option("--title", wish->title, "TEXT", "what was asked; a CSV does not say");
  verb.option("--owner", wish->owner, "USER", "the id of whose poll it is");
  verb.option("--multiple", wish->multiple, "N", "of a CSV: up to N options on one ballot");
  verb.runs([wish](Context& context) { return Import(context, *wish).run(); });
}

}  // namespace vote::command
