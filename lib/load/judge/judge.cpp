#include "load/judge/judge.h"

#include <algorithm>

#include "runtime/blocking.h"
#include "runtime/stop.h"

namespace vote::load {
namespace {

/// A queue that does not answer now may do so while there is time: a broker was lost a moment ago.
void await_drained(const Witnesses& witnesses, const Clock& clock, Duration wait) {
  const auto queue = witnesses.queue();
  Stop never;
  for (const Duration end = clock.elapsed() + wait;; never.wait(kLookAgain)) {
    const auto status =
        wait_for<Result<QueueStatus>>([&](auto done) { queue->status(std::move(done)); });
    if (status && covers(witnesses.evidence()->positions(status->topic), *status)) return;
    if (clock.elapsed() < end) continue;
    if (!status)
      throw std::runtime_error("the queue does not answer: " + for_operator(status.error()));
    throw NotDrained(
        "after " + to_text(wait) +
        " the queue still holds votes that the store has not processed, so nothing can "
        "be judged: is vote-worker running?");
  }
}

/// What the APIs show as soon as that is what the store counts, and final where that is; at the
/// latest after kShownTimeMax.
std::vector<ShownBy> await_shown(const Witnesses& witnesses, const Target& poll,
                                 const std::optional<StoredPoll>& stored, const Clock& clock) {
  Stop never;
  for (const Duration end = clock.elapsed() + kShownTimeMax;; never.wait(kLookAgain)) {
    std::vector<ShownBy> shown = witnesses.shown(poll);
    const bool agreed =
        stored && std::all_of(shown.begin(), shown.end(), [&](const ShownBy& one) {
          return agrees(one.shown, *stored) && one.shown.is_final == stored->is_final;
        });
    if (agreed || !stored || clock.elapsed() >= end) return shown;
  }
}

/// An API calls a poll final when the store does, and not before. The store is asked again, for it
/// may have become final meanwhile.
void judge_ends(const Witnesses& witnesses, const Target& poll, const StoredPoll& stored,
                const std::vector<ShownBy>& shown, Findings& findings) {
  for (const ShownBy& one : shown) {
    if (one.shown.is_final == stored.is_final) continue;
    const std::string about = "poll " + poll.poll.text() + ": ";
    if (stored.is_final) {
      findings.add(4, about + "the store calls it final, and " + one.url + " does not");
      continue;
    }
    const auto now = witnesses.evidence()->poll(poll.poll);
    if (!now || !now->is_final)
      findings.add(5, about + one.url + " calls it final, and the store does not");
  }
}

Verdict verdict_of(const Judgement& judgement) {
  const Findings& findings = judgement.findings;
  // A broken line may have held the request that explains one finding about a voter.
  const std::uint64_t about_voters = findings.count(1) + findings.count(2) + findings.count(3);
  if (findings.count(4) + findings.count(5) > 0 || about_voters > judgement.missing.broken_lines)
    return Verdict::violated;
  return judgement.missing.count > 0 ? Verdict::inconclusive : Verdict::clean;
}

}  // namespace

std::string_view name(Verdict verdict) {
  switch (verdict) {
    case Verdict::clean:
      return "clean";
    case Verdict::inconclusive:
      return "inconclusive";
    case Verdict::violated:
      return "violated";
  }
  return "unknown";
}

Judgement judge(const std::vector<std::string>& journals, const Witnesses& witnesses,
                const Clock& clock, Duration wait) {
  Judgement judgement;
  Testimony testimony;
  for (const std::string& path : journals) {
    JournalReader journal(path);
    testimony.read(journal, judgement.findings);
  }
  testimony.close();
  judgement.missing = testimony.missing();
  await_drained(witnesses, clock, wait);
  const auto evidence = witnesses.evidence();
  for (std::size_t poll = 0; poll < testimony.polls().size(); ++poll) {
    const Target& target = testimony.polls()[poll];
    const auto stored = evidence->poll(target.poll);
    std::vector<ShownBy> shown;
    try {
      shown = await_shown(witnesses, target, stored, clock);
    } catch (const std::runtime_error& error) {
      judgement.missing.add("what the API shows of poll " + target.poll.text() +
                            " is not known: " + error.what());
    }
    const bool is_judged = testimony.reads().final_of(poll) != nullptr;
    if (stored && !is_judged) judge_ends(witnesses, target, *stored, shown, judgement.findings);
    const Held held = judge_ballots(testimony, poll, *evidence, judgement.findings, judgement.ends);
    judge_counts(testimony, poll, *evidence, held, shown, judgement.findings);
  }
  judgement.journals = testimony.journals();
  judgement.lines = testimony.lines();
  judgement.tries = testimony.tries();
  judgement.reads = testimony.reads().count();
  judgement.verdict = verdict_of(judgement);
  return judgement;
}

}  // namespace vote::load
