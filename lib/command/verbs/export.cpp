#include <optional>

#include "command/exchange/csv_rows.h"
#include "command/exchange/output_file.h"
#include "command/failure.h"
#include "command/verbs/verbs.h"

namespace vote::command {
namespace {

struct Wish {
  std::string poll;
  std::optional<std::string> format;
  std::optional<std::string> output;
  bool anonymous = false;
};

BallotFormat format_given(const Wish& wish) {
  const std::string format = wish.format.value_or("ndjson");
  if (format == "csv") return BallotFormat::csv;
  if (format == "ndjson") return BallotFormat::ndjson;
  throw Failure(ExitCode::usage, "--format: '" + format + "' is no format", "ndjson or csv");
}

/// The lines of the server on their way to a file or stdout.
class Lines {
 public:
  Lines(Console& console, const Wish& wish) : console_(console), format_(format_given(wish)) {
    if (wish.output && *wish.output != "-") file_.emplace(*wish.output);
  }

  void take(std::string_view line) {
    const JsonLine json(line, ++lines_);
    if (lines_ == 1) {
      header_ = header_of(json);
      counted_ = ExportCount(header_.poll);
      if (format_ == BallotFormat::csv) write(csv_head(header_));
    } else if (json.has("end")) {
      check_end(json, counted_);
      ended_ = true;
    } else {
      const FileBallot ballot = ballot_of(json, header_);
      counted_.add(ballot.options, ballot.count);
      if (format_ == BallotFormat::csv) write(csv_row(header_, ballot));
    }
    if (format_ == BallotFormat::ndjson) write(std::string(line) + "\n");
  }

  void finish() {
    if (!ended_)
      throw Failure(ExitCode::unavailable, "the export ends in the middle: it is incomplete",
                    "run it again");
    if (file_) file_->finish();
    console_.say("exported " + std::to_string(counted_.ballots) + " ballots");
  }

 private:
  void write(const std::string& text) {
    if (file_)
      file_->write(text);
    else if (console_.terminal().output)
      console_.print(harmless(std::string_view(text).substr(0, text.find_last_not_of("\r\n") + 1)) +
                     "\n");
    else
      console_.print(text);
  }

  Console& console_;
  BallotFormat format_;
  std::optional<OutputFile> file_;
  ExportHeader header_;
  ExportCount counted_{Poll{}};
  std::uint64_t lines_ = 0;
  bool ended_ = false;
};

ExitCode export_poll(Context& context, const Wish& wish) {
  const std::string path =
      poll_path(wish.poll, wish.anonymous ? "/export?anonymous=true" : "/export");
  Lines lines(context.console, wish);
  Server server = context.server();
  try {
    server.get_lines(path, [&lines](std::string_view line) { lines.take(line); });
  } catch (const LineRefused& refused) {
    throw Failure(ExitCode::failed, "the answer of " + server.url() + " is no export: line " +
                                        std::to_string(refused.complaint.place.line) + ": " +
                                        refused.complaint.text);
  }
  lines.finish();
  return ExitCode::ok;
}

}  // namespace

void add_export(Verbs& top) {
  auto wish = std::make_shared<Wish>();
  Verb verb = top.add("export", "write a poll with all of its ballots, for auditors and admins",
                      "votectl export $poll -o poll.ndjson\n"
                      "votectl export $poll --anonymous --format csv > ballots.csv\n"
                      "votectl export $poll | jq -r 'select(.user_id).option_ids[]' | sort | "
                      "uniq -c");
  verb.argument("POLL", wish->poll, "the poll's id");
  verb.option("--format", wish->format, "ndjson|csv",
              "ndjson (unless given): the poll, a ballot a line, and an end that is checked by "
              "import; csv: the ballots alone, a row each, a column an option");
  verb.flag("--anonymous", wish->anonymous,
            "without voters, request ids, times and order: how often each choice was made");
  verb.option("-o,--output", wish->output, "FILE",
              "there once it is complete; stdout unless given");
  verb.runs([wish](Context& context) { return export_poll(context, *wish); });
}

}  // namespace vote::command
