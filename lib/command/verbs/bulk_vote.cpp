#include "command/verbs/bulk_vote.h"

#include <chrono>
#include <nlohmann/json.hpp>

#include "client/bulk.h"
#include "command/ballot_lines.h"
#include "command/bars.h"
#include "command/choice.h"
#include "command/failure.h"
#include "command/line_reader.h"
#include "command/secret.h"
#include "command/verbs/latest_votes.h"
#include "runtime/random.h"

namespace vote::command {
namespace {

constexpr Duration kTokenTtl = std::chrono::minutes(10);  // more than all tries of a ballot take
constexpr Duration kProgressPeriod = std::chrono::milliseconds(100);

/// Whether each ballot after this one would be refused as well.
bool concerns_all(const client::Answer& answer) {
  return answer.status == 401 || answer.status == 404 || answer.status == 429 ||
         answer.code() == "poll_not_active" || answer.code() == "poll_final";
}

class BulkVote {
 public:
  BulkVote(Context& context, const BulkWish& wish, Server& server)
      : console_(context.console),
        clock_(context.clock),
        tokens_(tokens_of(wish.secret_file)),
        poll_(*PollId::parse(wish.poll)),
        path_(poll_path(wish.poll, "/votes")),
        choices_(options_of(server.get(poll_path(wish.poll)).json())),
        reader_(wish.input),
        latest_(wish.connections),
        began_(clock_.elapsed()) {}

  ExitCode run(client::Bulk& bulk, Server& server) {
    bulk.run([this] { return next(); }, [this](const client::Outcome& outcome) { take(outcome); },
             reader_.descriptor());
    summarise();
    if (accepted_ > 0 && unanswered_ == 0 && !latest_.await_counted(server, poll_.text(), clock_))
      console_.say("not all are counted yet; they will be, while vote-worker runs");
    if (refused_ > 0) return why_refused_;
    return unanswered_ > 0 ? ExitCode::unavailable : ExitCode::ok;
  }

 private:
  client::NextRequest next() {
    while (!gave_up_) {
      const LineReader::Next found = reader_.next();
      if (std::holds_alternative<LineReader::End>(found)) break;
      const auto* line = std::get_if<std::string>(&found);
      if (line == nullptr) return client::NothingYet{};
      if (auto request = request_for(*line))
        return client::Tagged{reader_.lines(), std::move(*request)};
    }
    return client::NoMore{};
  }

  std::optional<client::Request> request_for(const std::string& line) {
    const auto ballot = parse_ballot_line(line);
    if (!ballot) return refuse_line(ballot.error());
    const auto options = choices_.find_all(ballot->choices);
    if (!options) return refuse_line(options.error());
    const UserId voter =
        ballot->voter.empty() ? fresh_id<UserId>(clock_) : voter_named(ballot->voter);
    const Time now = clock_.now();
    client::Request request{"POST",
                            path_,
                            R"({"option_ids":[)",
                            tokens_.mint({voter, Role::voter, true}, now, now + kTokenTtl),
                            {{"Idempotency-Key", request_of(poll_, voter, *options).text()}}};
    for (const OptionId& option : *options)
      request.body += (request.body.back() == '[' ? "\"" : ",\"") + option.text() + '"';
    request.body += "]}";
    latest_.add(request.token);
    return request;
  }

  std::nullopt_t refuse_line(const Error& error) {
    refuse(reader_.lines(), failure_of(error));
    return std::nullopt;
  }

  void refuse(std::uint64_t line, const Failure& failure) {
    if (refused_++ == 0 || failure.code() != ExitCode::refused) why_refused_ = failure.code();
    complain(line, failure.what());
  }

  void complain(std::uint64_t line, const std::string& what) {
    console_.complain("line " + std::to_string(line) + ": " + what);
  }

  void take(const client::Outcome& outcome) {
    if (!outcome.answer) {
      ++unanswered_;
      complain(outcome.tag, outcome.failure);
      gave_up_ = true;
    } else if (outcome.answer->status == 201) {
      ++counted_;
    } else if (outcome.answer->ok()) {
      ++accepted_;
    } else {
      refuse(outcome.tag, failure_of(*outcome.answer));
      gave_up_ = gave_up_ || concerns_all(*outcome.answer);
      limited_ = limited_ || outcome.answer->status == 429;
    }
    show_progress();
  }

  void show_progress() {
    const Duration now = clock_.elapsed();
    if (now < next_progress_) return;
    next_progress_ = now + kProgressPeriod;
    std::string words = grouped(done()) + " ballots, " + rate();
    if (const auto total = reader_.bytes_total(); total > 0)
      words += ", " + std::to_string(reader_.bytes_read() * 100 / total) + " %";
    console_.progress(words);
  }

  std::uint64_t done() const { return counted_ + accepted_ + refused_ + unanswered_; }

  std::string rate() const {
    const auto seconds = std::chrono::duration<double>(clock_.elapsed() - began_).count();
    const double a_second = static_cast<double>(done()) / std::max(seconds, 0.001);
    return grouped(static_cast<std::uint64_t>(a_second)) + " a second";
  }

  void summarise() {
    if (gave_up_)
      console_.complain("stopped reading after line " + std::to_string(reader_.lines()) +
                        ": what is wrong concerns every ballot");
    if (limited_)
      console_.complain(
          "votes_per_ip_per_minute = 0 under [limits] of the server lets one address vote for "
          "many; "
          "then send the lines named above and those not read");
    if (console_.json())
      console_.print_json(nlohmann::json({{"lines", reader_.lines()},
                                          {"counted", counted_},
                                          {"accepted", accepted_},
                                          {"refused", refused_},
                                          {"unanswered", unanswered_}})
                              .dump());
    console_.say(grouped(done()) + " ballots: " + grouped(accepted_) + " accepted, " +
                 grouped(counted_) + " counted already, " + grouped(refused_) + " refused, " +
                 grouped(unanswered_) + " without an answer; " + rate());
  }

  Console& console_;
  const Clock& clock_;
  Tokens tokens_;
  PollId poll_;
  std::string path_;
  Choices choices_;
  LineReader reader_;
  LatestVotes latest_;
  Duration began_;
  Duration next_progress_{};
  std::uint64_t counted_ = 0;
  std::uint64_t accepted_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t unanswered_ = 0;
  ExitCode why_refused_ = ExitCode::refused;
  bool gave_up_ = false;
  bool limited_ = false;  // by the server's [limits]
};

}  // namespace

ExitCode vote_in_bulk(Context& context, const BulkWish& wish) {
  if (wish.connections == 0 || wish.connections > client::kConnectionsMax)
    throw Failure(ExitCode::usage, "--connections: must be between 1 and " +
                                       std::to_string(client::kConnectionsMax));
  Server server = context.server();
  BulkVote votes(context, wish, server);
  client::Bulk bulk(server.url(), wish.connections);
  return votes.run(bulk, server);
}

}  // namespace vote::command
