#include "reconcile/reconcile.h"

#include <algorithm>

#include "log/log.h"
#include "reconcile/answer.h"

namespace vote {
namespace {

constexpr std::size_t kPollsPerPage = 100;
constexpr Duration kBackOffFirst = std::chrono::milliseconds(100);
constexpr Duration kBackOffMost = std::chrono::seconds(10);

}  // namespace

Reconcile::Reconcile(Store& store, Queue& queue, Cache& cache, const Clock& clock,
                     ReconcileSettings settings)
    : store_(store), queue_(queue), cache_(cache), clock_(clock), settings_(settings) {}

Result<ReconcileSummary> Reconcile::pass(const PollSelection& selection, const Stop& stop) {
  const Duration began = clock_.elapsed();
  const auto note = [&](bool is_done) {
    totals_.note(summary_, is_done, clock_.elapsed() - began, clock_.now());
  };
  summary_ = {};
  said_before_ = std::exchange(said_, {});
  try {
    if (!settings_.dry_run)
      answer_of<Done>([&](auto done) { store_.decide_cutoffs(std::move(done)); });
    if (selection.poll)
      look_at(*selection.poll);
    else
      look_at_all(selection, stop);
  } catch (const NoAnswer& none) {
    note(false);
    return none.error;
  }
  note(true);
  return std::move(summary_);
}

void Reconcile::look_at_all(const PollSelection& selection, const Stop& stop) {
  if (!selection.also_final) {
    look_at_unfinished(stop);
  } else {
    PollFilter filter;
    do {
      const auto page =
          answer_of<PollPage>([&](auto done) { store_.polls(filter, std::move(done)); });
      for (const Poll& poll : page.polls)
        if (!stop.requested()) look_at(poll.id);
      filter.cursor = page.next_cursor;
    } while (!filter.cursor.empty() && !stop.requested());
  }
  if (!stop.requested()) look_for_dangling();
}

void Reconcile::look_at_unfinished(const Stop& stop) {
  std::vector<Poll> page;
  do {
    const PollId after = page.empty() ? PollId{} : page.back().id;
    page = answer_of<std::vector<Poll>>(
        [&](auto done) { store_.unfinished(after, kPollsPerPage, std::move(done)); });
    for (const Poll& poll : page)
      if (!stop.requested()) look_at(poll.id);
  } while (page.size() == kPollsPerPage && !stop.requested());
}

void Reconcile::look_for_dangling() {
  const auto polls =
      answer_of<std::vector<DanglingVotes>>([&](auto done) { store_.dangling(std::move(done)); });
  for (const DanglingVotes& dangling : polls)
    if (is_news("dangling " + dangling.poll.text()))
      log::error("votes_dangle", {{"poll_id", dangling.poll.text()},
                                  {"ballots", dangling.ballots},
                                  {"reason", "there is no such poll"}});
  summary_.unrepaired += polls.size();
}

bool Reconcile::is_news(std::string what) {
  const bool is_new = !said_before_.contains(what);
  said_.insert(std::move(what));
  return is_new;
}

void Reconcile::run(const PollSelection& selection, Duration every, Stop& stop) {
  BackOff back_off(kBackOffFirst, kBackOffMost);
  bool said = false;
  std::string last_line;
  while (!stop.requested()) {
    const auto summary = pass(selection, stop);
    if (!summary) {
      if (!std::exchange(said, true))
        log::warn("part_does_not_answer", {{"reason", for_operator(summary.error())}});
      stop.wait(back_off.next());
      continue;
    }
    if (std::exchange(said, false)) log::info("part_answers_again");
    back_off.reset();
    if (std::string line = to_line(*summary); line != last_line)
      log::info("pass", {{"summary", last_line = std::move(line)}});
    stop.wait(summary->closed > 0 ? std::min(every, kAfterClosing) : every);
  }
}

}  // namespace vote
