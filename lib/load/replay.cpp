#include "load/replay.h"

#include <algorithm>
#include <optional>

#include "client/bulk.h"
#include "load/answers.h"
#include "load/judge/request.h"
#include "load/judge/testimony.h"
#include "load/run.h"
#include "runtime/random.h"

namespace vote::load {
namespace {

/// What a journal leaves open.
struct Unknowns {
  JournalHeader header;
  JournalEnd end;
  std::vector<Send> sends;  // one of each request, without a number
};

std::size_t index_in(const JournalHeader& header, PollId poll) {
  const auto at = std::find_if(header.polls.begin(), header.polls.end(),
                               [&](const Target& each) { return each.poll == poll; });
  return static_cast<std::size_t>(at - header.polls.begin());
}

Unknowns unknowns_of(const std::string& path) {
  JournalReader journal(path);
  Testimony testimony;
  Findings of_no_matter;
  Unknowns unknowns{journal.header(), testimony.read(journal, of_no_matter), {}};
  testimony.close();
  for (std::size_t poll = 0; poll < testimony.polls().size(); ++poll)
    for (const Request& request : requests_of(testimony.tries(poll))) {
      if (request.fate != Fate::unknown) continue;
      const Try& one = request.first();
      unknowns.sends.push_back({0,
                                {},
                                one.kind,
                                index_in(unknowns.header, testimony.polls()[poll].poll),
                                one.voter,
                                one.key,
                                testimony.choices().positions(one.choice)});
    }
  return unknowns;
}

std::string body_of(const Send& send, const Target& poll) {
  std::string body;
  for (const std::uint16_t option : send.options)
    body += (body.empty() ? "\"" : ",\"") + poll.options[option - 1U].text() + "\"";
  return send.kind == Kind::revoke ? "" : "{\"option_ids\":[" + body + "]}";
}

class Replaying {
 public:
  Replaying(Unknowns unknowns, Journal& journal, const Tokens& tokens, const Clock& clock)
      : unknowns_(std::move(unknowns)), journal_(journal), tokens_(tokens), clock_(clock) {}

  Replayed run(const std::string& url, unsigned connections) {
    const std::string end = unknowns_.end.torn ? std::string(kTornEnd) + "\n" : "";
    journal_.write(end + replay_line(fresh_uuid(clock_), at()));
    client::Bulk(url, connections)
        .run([this] { return next(); }, [this](const client::Outcome& outcome) { take(outcome); });
    journal_.flush();
    const Replayed done{next_, answered_};
    journal_.write(end_line(at(), unknowns_.end.sends + next_, unknowns_.end.answers + answers_));
    return done;
  }

 private:
  Duration at() const { return clock_.now() - unknowns_.header.started_at; }

  client::NextRequest next() {
    if (next_ == unknowns_.sends.size()) return client::NoMore{};
    Send& send = unknowns_.sends[next_];
    send.number = unknowns_.end.next_number + next_;
    send.at = at();
    std::string line;
    append_line(line, send);
    journal_.write(line);
    const Target& poll = unknowns_.header.polls[send.poll];
    const Time now = clock_.now();
    client::Request request;
    request.method = send.kind == Kind::cast     ? "POST"
                     : send.kind == Kind::change ? "PUT"
                                                 : "DELETE";
    request.path =
        "/v1/polls/" + poll.poll.text() + (send.kind == Kind::cast ? "/votes" : "/votes/me");
    request.body = body_of(send, poll);
    request.token = tokens_.mint({send.voter, Role::voter, true}, now, now + kSpareLifetime);
    request.fields = {{"Idempotency-Key", send.key.text()}};
    return client::Tagged{next_++, std::move(request)};
  }

  void take(const client::Outcome& outcome) {
    const Send& send = unknowns_.sends[outcome.tag];
    Answer answer{send.number, at(), outcome.answer ? outcome.answer->status : 0, {}};
    std::string code;
    if (answer.status >= 400) code = bodies_.code(outcome.answer->body);
    answer.code = code;
    std::string line;
    append_line(line, answer);
    journal_.append(line);
    ++answers_;
    const Answered what = meaning(send.kind, answer.status, code);
    if (what != Answered::nothing && what != Answered::asked_again) ++answered_;
  }

  Unknowns unknowns_;
  Journal& journal_;
  const Tokens& tokens_;
  const Clock& clock_;
  Answers bodies_;
  std::uint64_t next_ = 0, answers_ = 0, answered_ = 0;
};

}  // namespace

Replayed replay(const std::string& path, const Wishes& wishes, const Config& config,
                const Clock& clock) {
  Unknowns unknowns = unknowns_of(path);
  const Tokens tokens = tokens_of(wishes, config);
  const std::string url = wishes.urls.empty() && !unknowns.header.urls.empty()
                              ? unknowns.header.urls.front()
                              : urls_of(wishes, config).front();
  const unsigned connections = std::min(wishes.connections, client::kConnectionsMax);
  Journal journal(path, Journal::Open::to_append);
  return Replaying(std::move(unknowns), journal, tokens, clock).run(url, connections);
}

}  // namespace vote::load
