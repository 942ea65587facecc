// A poll with its ballots as NDJSON, to be kept or imported elsewhere: a header, the ballots page
// by page, and an end that says how many they were and what they count to. The voters' names are
// for auditors and admins; an anonymous export holds no more than how often each choice was made,
// for times, ids and the very order of ballots can tell whose they are.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "api/access.h"
#include "api/body.h"
#include "api/ndjson.h"
#include "http/completed.h"

namespace vote::api {
namespace {

using Json = nlohmann::ordered_json;
using Ballots = Page<VoterBallot>;

constexpr std::size_t kBallotsPerPage = 1'000;
// An anonymous export is added up in memory: of so many different choices at most.
constexpr std::size_t kChoicesMax = 200'000;
constexpr std::size_t kPieceBytes = 65'536;

enum class Kind { named, anonymous };

/// Where an export stands; shared by the copies of one response's source.
struct Export {
  Export(Site& site_read, Poll poll_read, Kind kind_wanted)
      : site(site_read),
        poll(std::move(poll_read)),
        kind(kind_wanted),
        now(site.parts.polls.store_now()) {
    for (const PollOption& option : poll.options) counted.options.push_back({option.id, 0});
  }

  Site& site;
  Poll poll;
  Kind kind;
  Time now;

  enum class Part { header, ballots, choices, end, done };
  Part part = Part::header;
  std::optional<UserId> after;
  std::map<std::vector<OptionId>, std::uint64_t> choices;  // not yet sent
  std::uint64_t ballots = 0;
  PollCounts counted;
};

std::string header_of(const Export& the) {
  Json header{{"format", "vote-export"},
              {"version", 1},
              {"exported_at", to_text(the.now)},
              {"anonymous", the.kind == Kind::anonymous}};
  if (the.poll.status_at(the.now) == PollStatus::closed)
    header["ended_at"] = to_text(the.poll.certain_end());
  header["poll"] = Json::parse(to_json(the.poll, the.now));
  return header.dump() + "\n";
}

void append_options(std::string& line, const std::vector<OptionId>& options) {
  append_ids(line.append(R"("option_ids":)"), options);
  line += "}\n";
}

// By hand: millions of them.
void append_ballot(std::string& lines, const VoterBallot& ballot) {
  lines.append(R"({"user_id":")").append(ballot.voter.text());
  lines.append(R"(","request_id":")").append(ballot.request.text());
  lines.append(R"(","cast_at":")").append(to_text(ballot.cast_at));
  lines.append(R"(","revision":)").append(std::to_string(ballot.revision)).append(",");
  append_options(lines, ballot.options);
}

void count(Export& the, const std::vector<OptionId>& options, std::uint64_t ballots) {
  the.ballots += ballots;
  if (!options.empty()) the.counted.total_votes += ballots;
  for (const OptionId& option : options)
    if (const auto index = the.poll.index_of(option)) the.counted.options[*index].votes += ballots;
}

boost::asio::awaitable<std::vector<VoterBallot>> next_ballots(Export& the) {
  auto page = unless_cut(co_await http::completed<Ballots>([&](auto done) {
    the.site.parts.store.ballots(the.poll.id, the.after, kBallotsPerPage, std::move(done));
  }));
  if (!page.empty()) the.after = page.back().voter;
  co_return page;
}

boost::asio::awaitable<std::string> ballot_lines(Export& the) {
  const auto page = co_await next_ballots(the);
  std::string lines;
  for (const VoterBallot& ballot : page) {
    append_ballot(lines, ballot);
    count(the, ballot.options, 1);
  }
  if (page.size() < kBallotsPerPage) the.part = Export::Part::end;
  co_return lines;
}

/// Revoked ballots are left out: they count nothing, and whoever reads knows no more without them.
boost::asio::awaitable<void> add_up(Export& the) {
  for (;;) {
    const auto page = co_await next_ballots(the);
    for (const VoterBallot& ballot : page)
      if (!ballot.options.empty()) ++the.choices[ballot.options];
    if (the.choices.size() > kChoicesMax)
      throw std::runtime_error("an anonymous export has more than " + std::to_string(kChoicesMax) +
                               " different choices");
    if (page.size() < kBallotsPerPage) break;
  }
  the.part = Export::Part::choices;
}

std::string choice_lines(Export& the) {
  std::string lines;
  while (!the.choices.empty() && lines.size() < kPieceBytes) {
    const auto first = the.choices.begin();
    lines.append(R"({"ballots":)").append(std::to_string(first->second)).append(",");
    append_options(lines, first->first);
    count(the, first->first, first->second);
    the.choices.erase(first);
  }
  if (the.choices.empty()) the.part = Export::Part::end;
  return lines;
}

/// Ballots may be read from a replica that lags; what is final is kept, and imported, as such.
boost::asio::awaitable<void> require_all_of_a_final_poll(Export& the) {
  if (!the.poll.final_at) co_return;
  const auto counts = co_await http::completed<Result<PollCounts>>(
      [&](auto done) { the.site.parts.store.counts(the.poll.id, std::move(done)); });
  if (!counts)
    throw std::runtime_error("the counts cannot be read: " + for_operator(counts.error()));
  const bool whole =
      std::equal(counts->options.begin(), counts->options.end(), the.counted.options.begin(),
                 the.counted.options.end(), [](const OptionCount& one, const OptionCount& other) {
                   return one.option == other.option && one.votes == other.votes;
                 });
  if (!whole || counts->total_votes != the.counted.total_votes)
    throw std::runtime_error(
        "the ballots that were read are not those of the final results: the "
        "replica (store.read_url) lags, export again");
}

std::string end_of(Export& the) {
  the.part = Export::Part::done;
  Json options = Json::array();
  for (std::size_t i = 0; i < the.poll.options.size(); ++i)
    options.push_back({{"option_id", the.poll.options[i].id.text()},
                       {"text", the.poll.options[i].text},
                       {"votes", the.counted.options[i].votes}});
  const Json results{{"total_votes", the.counted.total_votes}, {"options", std::move(options)}};
  return Json{{"end", true}, {"ballots", the.ballots}, {"results", results}}.dump() + "\n";
}

/// An empty piece ends the body, so a part without lines goes on to the next.
boost::asio::awaitable<std::string> next_piece(std::shared_ptr<Export> the) {
  for (std::string lines;;) {
    switch (the->part) {
      case Export::Part::header:
        the->part = Export::Part::ballots;
        co_return header_of(*the);
      case Export::Part::ballots:
        if (the->kind == Kind::named)
          lines = co_await ballot_lines(*the);
        else
          co_await add_up(*the);
        break;
      case Export::Part::choices:
        lines = choice_lines(*the);
        break;
      case Export::Part::end:
        co_await require_all_of_a_final_poll(*the);
        co_return end_of(*the);
      case Export::Part::done:
        co_return std::string();
    }
    if (!lines.empty()) co_return lines;
  }
}

boost::asio::awaitable<http::Response> stream_export(Site& site, Identity reader, Kind kind,
                                                     OperatorAction action) {
  auto poll = co_await http::completed<Result<Poll>>(
      [&](auto done) { site.parts.store.poll(*action.poll, std::move(done)); });
  if (!poll) co_return refusal(poll.error());
  if (!poll->published && !may_change(*poll, reader)) co_return refusal(no_such_poll(poll->id));
  if (const auto noted = co_await note(site, std::move(action)); !noted)
    co_return refusal(noted.error());
  const auto the = std::make_shared<Export>(site, std::move(*poll), kind);
  http::Response response;
  response.content_type = kNdjson;
  response.source = [the] { return next_piece(the); };
  co_return response;
}

}  // namespace

http::Answer export_poll(Site& site, http::Request& request) {
  const Identity reader = auditor_of(site, request);
  const auto anonymous = request.query_parameter("anonymous");
  if (anonymous && *anonymous != "true" && *anonymous != "false")
    refuse_malformed("anonymous must be true or false");
  OperatorAction action = action_of(site, request, reader, "exported", poll_id_of(request));
  action.detail = anonymous == "true" ? "anonymous" : "with voters";
  return stream_export(site, reader, anonymous == "true" ? Kind::anonymous : Kind::named,
                       std::move(action));
}

}  // namespace vote::api
