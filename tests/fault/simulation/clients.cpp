#include "fault/simulation/clients.h"

#include <algorithm>
#include <utility>

#include "load/judge/testimony.h"

namespace vote::simulated {
namespace {

using Doing = load::Kind;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kAnswerTimeMax = seconds(6);
/// How long after a poll's end, by true time, a vote may still be asked for: clocks are that wrong.
constexpr Duration kAskedLateMax = 2 * kServerClockOff;
constexpr int kTriesMax = 6;
constexpr int kTriesForCertaintyMax = 40;

}  // namespace

Uuid numbered_id(Chance& chance, std::uint32_t number) {
  Uuid id;
  chance.fill(id.bytes);
  id.bytes[6] = 0x70;
  id.bytes[8] = 0x80;
  id.bytes[14] = static_cast<std::uint8_t>(number >> 8U);
  id.bytes[15] = static_cast<std::uint8_t>(number);
  return id;
}

load::Shown shown_of(const api::ResultsPage& page) {
  load::Shown shown{page.counts.version, page.counts.total_votes, page.final, {}};
  for (const OptionCount& option : page.counts.options) shown.votes.push_back(option.votes);
  return shown;
}

void Clients::run(std::function<void()> body) {
  ++busy_;
  world_.scheduler.spawn(host_, [this, body = std::move(body)] {
    body();
    --busy_;
  });
}

void Clients::add_voter(std::size_t poll, UserId voter, Duration begin) {
  run([this, poll, voter, begin] {
    world_.scheduler.pause(begin);
    vote(poll, voter);
  });
}

Clients::Wish Clients::wish(Doing kind, std::size_t poll, UserId voter) {
  Wish made{kind, poll, voter, {numbered_id(world_.chance, ++requests_)}, {}, true};
  if (kind != Doing::revoke) made.options = choice(polls[poll]);
  return made;
}

load::Positions Clients::choice(const Poll& poll) {
  const std::uint64_t options = poll.options.size();
  const std::uint64_t first = world_.chance.below(options);
  load::Positions positions{static_cast<std::uint16_t>(first + 1)};
  if (poll.settings.allow_multiple_options && world_.chance.one_in(2))
    positions.push_back(
        static_cast<std::uint16_t>((first + 1 + world_.chance.below(options - 1)) % options + 1));
  return positions;
}

void Clients::vote(std::size_t poll, UserId voter) {
  Chance& chance = world_.chance;
  Wish first = wish(Doing::cast, poll, voter);
  first.has_key = !chance.percent(15);
  if (chance.percent(30)) {  // another vote, close to the first or some time later
    Wish second = wish(Doing::cast, poll, voter);
    if (first.has_key && chance.percent(15))
      second.key = first.key;  // which is a mistake, with another choice
    const Duration after =
        chance.between({}, chance.one_in(2) ? Duration(milliseconds(50)) : seconds(8));
    run([this, second, after] {
      world_.scheduler.pause(after);
      insist(second);
    });
  }
  if (first.has_key && chance.percent(15)) run([this, first] { insist(first); });  // a double click
  insist(first);
  if (polls[poll].settings.allow_vote_change && chance.percent(60)) change_some(poll, voter);
}

void Clients::change_some(std::size_t poll, UserId voter) {
  Chance& chance = world_.chance;
  for (std::uint64_t changes = 1 + chance.below(3); changes > 0; --changes) {
    world_.scheduler.pause(chance.between({}, seconds(3)));
    insist(wish(chance.percent(25) ? Doing::revoke : Doing::change, poll, voter));
  }
}

/// Sends it until the answer is certain, a few times; then perhaps once more when all is over.
void Clients::insist(const Wish& wish) {
  Chance& chance = world_.chance;
  Heard heard = Heard::nothing;
  for (int tries = 0; tries < kTriesMax; ++tries) {
    heard = attempt(wish);
    if (!wish.has_key) return;
    if (heard != Heard::nothing && heard != Heard::not_now) break;
    if (chance.percent(15)) break;
    world_.scheduler.pause(chance.between(milliseconds(10), seconds(2)));
  }
  if (chance.percent(20)) {  // again, though it was answered
    world_.scheduler.pause(chance.between({}, seconds(12)));
    heard = attempt(wish);
  }
  const bool is_certain = heard == Heard::counted || heard == Heard::refused;
  if (!is_certain && chance.percent(50)) insist_after_all(wish);
}

void Clients::insist_after_all(const Wish& wish) {
  world_.scheduler.wait_until([this] { return certainty_; });
  for (int tries = 0; tries < kTriesForCertaintyMax; ++tries) {
    const Heard heard = attempt(wish);
    if (heard == Heard::counted || heard == Heard::refused) return;
    // A change that finds no vote may be told so for ever: it is certain that it was not applied.
    if (wish.kind != Doing::cast && heard == Heard::not_now) return;
    world_.scheduler.pause(seconds(1));
  }
  world_.wrong.push_back("request " + label(wish.key.uuid) + " of voter " + label(wish.voter.uuid) +
                         " gets no certain answer");
}

CastVote Clients::vote_of(const Wish& wish) const {
  CastVote vote;
  vote.request = wish.key;
  vote.poll = polls[wish.poll].id;
  vote.voter = wish.voter;
  for (const std::uint16_t position : wish.options)
    vote.options.push_back(polls[wish.poll].options[position - 1U].id);
  return vote;
}

Clients::Heard Clients::attempt(const Wish& wish) {
  struct Reply {
    Scheduler::Signal signal;
    unsigned status = 0;
    std::string_view code;
  };
  Environment& world = world_;
  const auto reply = std::make_shared<Reply>();
  const std::uint64_t number =
      records_.send(wish.kind, wish.poll, wish.voter, wish.key, wish.options);
  const std::shared_ptr<Api> api = apis_[world.chance.below(apis_.size())];
  first_sent_.try_emplace(request_of(wish), world.scheduler.now());
  if (world.traces())
    world.say("v" + label(wish.voter.uuid), "sends " + std::string(load::name(wish.kind)) + " k" +
                                                label(wish.key.uuid) + " in poll " +
                                                std::to_string(wish.poll) + " to " + api->name());
  world.scheduler.pause(world.latency());
  if (!world.happens(Kind::request_lost, 15) && api->serves()) {
    CastTerms terms;
    terms.first_try = !wish.has_key;
    if (world.chance.percent(15)) terms.wait = seconds(2);
    const bool is_heard = !world.happens(Kind::answer_lost, 15);
    const auto answered = [reply, is_heard, &world](unsigned status, std::string_view code) {
      if (!is_heard) return;
      reply->status = status;
      reply->code = code;
      world.scheduler.give(reply->signal);
    };
    api->run([api, vote = vote_of(wish), terms, answered, is_cast = wish.kind == Doing::cast] {
      is_cast ? api->cast(vote, terms, answered) : api->change(vote, answered);
    });
    world.scheduler.await(reply->signal, kAnswerTimeMax);
  }
  records_.answer(number, reply->status, reply->code);
  if (world.traces())
    world.say("v" + label(wish.voter.uuid), "hears " + std::to_string(reply->status) + " of k" +
                                                label(wish.key.uuid) + " " +
                                                std::string(reply->code));
  switch (load::meaning(wish.kind, reply->status, reply->code)) {
    case load::Answered::counted:
    case load::Answered::accepted:
      look_at_the_end(wish, reply->status);
      return Heard::counted;
    case load::Answered::refused:
    case load::Answered::another_stands:
      return Heard::refused;
    case load::Answered::asked_again:
      return Heard::not_now;
    default:
      return Heard::nothing;
  }
}

Clients::Request Clients::request_of(const Wish& wish) {
  load::Positions options = wish.options;
  std::ranges::sort(options);
  return {wish.kind, wish.poll, wish.voter, wish.key, std::move(options)};
}

/// The journal does not say when a poll ends, so no judge of it finds a vote that came too late.
void Clients::look_at_the_end(const Wish& wish, unsigned status) {
  const Duration late = kBeginning + first_sent_.at(request_of(wish)) - polls[wish.poll].end_time;
  if (late <= kAskedLateMax || !world_.wrong.empty()) return;
  world_.wrong.push_back(std::string(load::name(wish.kind)) + " " + label(wish.key.uuid) +
                         " of voter " + label(wish.voter.uuid) + " was answered " +
                         std::to_string(status) + ", and was first asked for " + to_text(late) +
                         " after the end of its poll");
}

void Clients::add_reader(std::size_t api) {
  world_.scheduler.spawn(host_, [this, api] {
    Connection connection;
    while (!world_.calm) {
      world_.scheduler.pause(world_.chance.between(milliseconds(50), milliseconds(1'500)));
      read(world_.chance.below(polls.size()), api, connection);
    }
  });
}

/// Over one connection, for as long as the API is the same process.
void Clients::read(std::size_t poll, std::size_t api, Connection& connection) {
  struct Seen {
    Scheduler::Signal signal;
    api::Scoreboard::Page page;
  };
  const std::shared_ptr<Api> process = apis_[api];
  if (!process->serves()) {
    connection = {};
    return;
  }
  if (connection.process != process) connection = {process, ++connections_};
  const auto seen = std::make_shared<Seen>();
  process->run([process, seen, id = polls[poll].id, &world = world_] {
    seen->page = process->results(id);
    if (!process->dead()) world.scheduler.give(seen->signal);
  });
  if (!world_.scheduler.await(seen->signal, kAnswerTimeMax)) {
    connection = {};
    return;
  }
  if (seen->page) records_.read(poll, connection.number, shown_of(*seen->page));
}

}  // namespace vote::simulated
