#include "fault/simulation/world.h"

#include <algorithm>
#include <map>

#include "decorators/queue.h"
#include "fault/simulation/nemesis.h"
#include "load/judge/judge.h"
#include "load/sqlite/sqlite_evidence.h"

namespace vote::simulated {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kUnrest = seconds(20);          // then all is calm
constexpr Duration kFinalWithin = seconds(150);    // of the calm
constexpr Duration kAnsweredWithin = seconds(90);  // of the results being final
constexpr Duration kLookEvery = milliseconds(500);
constexpr Duration kRefreshedWithin = seconds(6);  // every copy of a poll, also of who slept
constexpr std::size_t kVotersMin = 180;
constexpr std::size_t kVotersMore = 30;

/// The judge waits for nothing that has not come by now.
class HastyClock final : public Clock {
 public:
  Time now() const override { return kBeginning; }
  Duration elapsed() const override { return elapsed_ += seconds(10); }

 private:
  mutable Duration elapsed_{};
};

class World {
 public:
  World(std::uint64_t seed, Stacks& stacks, Counts& counts, bool traces)
      : world_(seed, stacks, counts, traces) {}

  Outcome run() {
    make_polls();
    house_.start();
    house_.supervise();
    nemesis_.start(kUnrest);
    for (std::size_t reader = 0; reader < house_.apis.size(); ++reader) clients_.add_reader(reader);
    add_voters();
    for (std::size_t poll = 0; poll < clients_.polls.size(); ++poll) see_to_the_end_of(poll);
    world_.scheduler.spawn(host_, [this] { conduct(); });
    world_.scheduler.run([this] { return over_ && world_.scheduler.fibers() == 0; });
    if (const std::size_t left = world_.scheduler.fibers(); left > 0)
      throw std::runtime_error(std::to_string(left) + " fibers wait for ever");
    judge();
    return {std::move(world_.wrong), records_.requests(), records_.tries(),
            world_.faults,           superseded_,         !world_.marks_at_risk,
            world_.chance.draw()};
  }

 private:
  void make_polls() {
    SqliteStore store(transactions_of(world_.database), world_.store_clock, kGrace);
    Chance& chance = world_.chance;
    std::uint32_t number = 0;
    for (std::uint64_t polls = 1 + chance.below(3); polls > 0; --polls) {
      Poll poll;
      poll.id.uuid = numbered_id(chance, ++number);
      poll.title = "lunch";
      poll.start_time = kBeginning - std::chrono::hours(1);
      poll.end_time = kBeginning + chance.between(seconds(6), kUnrest);
      if (chance.percent(35)) poll.end_time += std::chrono::hours(1);  // closed by hand before
      poll.published = true;
      poll.settings.allow_vote_change = chance.percent(70);
      poll.settings.allow_multiple_options = chance.percent(30);
      poll.settings.max_votes_per_user = poll.settings.allow_multiple_options ? 2 : 1;
      for (const char* text : {"soup", "noodles", "rice"})
        poll.options.push_back({OptionId{numbered_id(chance, ++number)}, text});
      const auto added =
          wait_for<Result<Poll>>([&](auto done) { store.add_poll(poll, std::move(done)); });
      clients_.polls.push_back(*added);
      load::Target target{added->id, {}};
      for (const PollOption& option : added->options) target.options.push_back(option.id);
      records_.polls.push_back(std::move(target));
    }
  }

  void add_voters() {
    Chance& chance = world_.chance;
    const std::size_t voters = kVotersMin + chance.below(kVotersMore);
    for (std::uint32_t n = 0; n < voters; ++n) {
      const UserId voter{numbered_id(chance, n)};
      for (std::size_t poll = 0; poll < clients_.polls.size(); ++poll)
        if (poll == 0 || chance.percent(10))
          clients_.add_voter((poll + n) % clients_.polls.size(), voter,
                             chance.between({}, kUnrest));
    }
  }

  /// A poll ends by itself, or somebody closes it, before or in its place.
  void see_to_the_end_of(std::size_t poll) {
    const Duration end = clients_.polls[poll].end_time - kBeginning;
    const bool by_hand = end > kUnrest || world_.chance.percent(25);
    const Duration when = world_.chance.between(seconds(3), kUnrest);
    world_.scheduler.spawn(host_, [this, poll, end, by_hand, when] {
      if (by_hand && when < end) {
        world_.scheduler.pause(when);
        world_.count(Kind::poll_closed_by_hand);
        while (!close(poll)) world_.scheduler.pause(milliseconds(700));
      } else {
        world_.scheduler.pause(end);
        world_.count(Kind::poll_ended);
      }
    });
  }

  /// What was closed in commits that were lost is open again, and somebody sees it.
  void close_again() {
    for (std::size_t poll = 0; poll < clients_.polls.size(); ++poll)
      while (!is_ending(clients_.polls[poll]) && !close(poll))
        world_.scheduler.pause(milliseconds(700));
  }

  bool is_ending(const Poll& poll) {
    if (poll.end_time - kBeginning <= kUnrest) return true;
    sqlite::Statement row(world_.database.database(),
                          "SELECT close_requested_at IS NOT NULL FROM polls WHERE poll_id = ?1");
    row.bind_blob(1, poll.id.raw());
    return row.step() && row.integer(0) != 0;
  }

  /// Whether it was closed, for all that its closer hears.
  bool close(std::size_t poll) {
    struct Heard {
      Scheduler::Signal signal;
      bool closed = false;
    };
    const std::shared_ptr<Api> api = house_.apis[world_.chance.below(house_.apis.size())];
    if (!api->serves()) return false;
    const auto heard = std::make_shared<Heard>();
    api->say("is asked to close poll " + std::to_string(poll));
    api->run([api, heard, id = clients_.polls[poll].id, &scheduler = world_.scheduler] {
      heard->closed = api->close(id);
      if (!api->dead()) scheduler.give(heard->signal);
    });
    return world_.scheduler.await(heard->signal, seconds(5)) && heard->closed;
  }

  template <class Condition>
  bool comes_true(Duration within, Condition condition) {
    for (const Duration end = world_.scheduler.now() + within; world_.scheduler.now() < end;) {
      if (condition()) return true;
      world_.scheduler.pause(kLookEvery);
    }
    return condition();
  }

  void conduct() {
    world_.scheduler.pause(kUnrest);
    world_.say("world", "is calm");
    world_.calm = true;
    nemesis_.heal();
    close_again();
    if (!comes_true(kFinalWithin, [this] { return is_final(); }))
      world_.wrong.push_back("results are not final after " + to_text(kFinalWithin) +
                             " of calm: " + why_not_final());
    world_.say("world", "asks for certainty");
    clients_.ask_for_certainty();
    if (!comes_true(kAnsweredWithin, [this] { return clients_.busy() == 0; }))
      world_.wrong.push_back("clients still wait for answers");
    if (!comes_true(kAnsweredWithin, [this] { return world_.on_their_way == 0 && is_drained(); }))
      world_.wrong.push_back("the queue is not drained");
    world_.scheduler.pause(kRefreshedWithin);
    for (std::size_t poll = 0; poll < clients_.polls.size(); ++poll) show(poll);
    house_.end();
    over_ = true;
  }

  bool is_final() {
    sqlite::Statement row(world_.database.database(),
                          "SELECT count(*) FROM polls WHERE final_at IS NULL");
    return row.step() && row.integer(0) == 0;
  }

  std::string why_not_final() {
    SqliteStore store(transactions_of(world_.database), world_.store_clock, kGrace);
    Reconcile reconcile(store, world_.queue, world_.cache, world_.true_clock, {.dry_run = true});
    const FiberStop never(world_.scheduler);
    const auto summary = reconcile.pass({}, never);
    return summary ? to_line(*summary) : for_operator(summary.error());
  }

  bool is_drained() {
    SqliteStore store(transactions_of(world_.database), world_.store_clock, kGrace);
    const auto positions = wait_for<Result<std::vector<Position>>>(
        [&](auto done) { store.positions(world_.queue.topic(), std::move(done)); });
    const auto status =
        wait_for<Result<QueueStatus>>([&](auto done) { world_.queue.status(std::move(done)); });
    return covers(*positions, *status);
  }

  /// What every API says in the end.
  void show(std::size_t poll) {
    const PollId id = clients_.polls[poll].id;
    for (const auto& api : house_.apis) {
      auto seen = std::make_shared<std::pair<Scheduler::Signal, api::Scoreboard::Page>>();
      api->run([api, seen, id, &scheduler = world_.scheduler] {
        seen->second = api->results(id);
        scheduler.give(seen->first);
      });
      if (world_.scheduler.await(seen->first, seconds(10)) && seen->second)
        shown_[id].push_back({api->name(), shown_of(*seen->second)});
      else
        world_.wrong.push_back(api->name() + " shows no results");
    }
  }

  void judge() {
    const load::Witnesses witnesses{
        [this]() -> std::unique_ptr<load::Evidence> {
          return std::make_unique<load::SqliteEvidence>(copy_of(world_.database.image()));
        },
        [this] { return std::make_unique<test::FaultyQueue>(world_.queue); },
        [this](const load::Target& poll) { return shown_[poll.poll]; }};
    const auto judgement = load::judge({records_.write_journal()}, witnesses, HastyClock(), {});
    for (const load::Finding& finding : judgement.findings.kept())
      world_.wrong.push_back("promise " + std::to_string(finding.promise) + ": " + finding.what);
    if (judgement.verdict != load::Verdict::clean && judgement.findings.count() == 0)
      world_.wrong.push_back("the judge has no evidence: " + judgement.missing.reasons.front());
    superseded_ = judgement.ends.superseded;
    if (superseded_ > 0 && !world_.marks_at_risk)
      world_.wrong.push_back("votes were superseded though no mark was at risk");
  }

  Environment world_;
  Records records_{world_};
  House house_{world_};
  Clients clients_{world_, records_, house_.apis};
  Nemesis nemesis_{world_, house_};
  Host host_;
  std::map<PollId, std::vector<load::ShownBy>> shown_;
  std::uint64_t superseded_ = 0;
  bool over_ = false;
};

}  // namespace

Outcome run_world(std::uint64_t seed, Stacks& stacks, Counts& counts, bool traces) {
  auto world = std::make_unique<World>(seed, stacks, counts, traces);
  try {
    return world->run();
  } catch (const std::exception& error) {
    // Its fibers are in the middle of something: it is left as it is.
    (void)world.release();
    cooperation = nullptr;
    Outcome outcome;
    outcome.wrong.push_back(std::string("the world fell apart: ") + error.what());
    return outcome;
  }
}

}  // namespace vote::simulated
