#include "load/judge/counts.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace vote::load {
namespace {

constexpr std::size_t kOptionsMax = 65'535;  // a greater position is none of ours

using Figures = std::vector<std::int64_t>;  // by position - 1

std::int64_t at(const Figures& figures, std::size_t index) {
  return index < figures.size() ? figures[index] : 0;
}

void add(Figures& figures, const Positions& positions, std::int64_t number) {
  for (const std::uint16_t position : positions) {
    if (position > figures.size()) figures.resize(position);
    figures[position - 1U] += number;
  }
}

/// What the audit log says of a poll.
struct Audited {
  Figures figures;  // cast(new) + changed(new) - changed(old) - revoked(old), whatever its name
  ChoiceCounts cast;
  ChoiceCounts stand;  // the same sum as of the figures, by choice
  std::int64_t superseded = 0;
};

Audited audited(Testimony& testimony, PollId poll, Evidence& evidence) {
  Audited log;
  Choices& choices = testimony.choices();
  evidence.audit(poll, [&](const AuditSum& sum) {
    if (sum.action == "superseded") {
      log.superseded += sum.entries;
      return;
    }
    const auto added = choices.number_of(sum.new_choices);
    const auto taken = choices.number_of(sum.old_choices);
    if (added) add(log.figures, choices.positions(*added), sum.entries);
    if (taken) add(log.figures, choices.positions(*taken), -sum.entries);
    if (added) log.stand[*added] += sum.entries;
    if (taken) log.stand[*taken] -= sum.entries;
    if (added && sum.action == "cast") log.cast[*added] += sum.entries;
  });
  return log;
}

template <class Numbers>
std::string text_of(const Numbers& numbers) {
  std::string text = "[";
  for (const auto number : numbers) text += (text.size() > 1 ? "," : "") + std::to_string(number);
  return text += "]";
}

Figures counters_of(const StoredPoll& stored) {
  Figures figures;
  for (const auto& [position, count] : stored.counters) {
    if (position == 0 || position > kOptionsMax) continue;
    if (position > figures.size()) figures.resize(position);
    figures[position - 1] = count;
  }
  return figures;
}

void judge_option(std::size_t position, const Figures& three, const std::string& about,
                  Findings& findings) {
  if (three[0] == three[1] && three[1] == three[2]) return;
  findings.add(4, about + "option " + std::to_string(position) + ": counter " +
                      std::to_string(three[0]) + ", ballots " + std::to_string(three[1]) +
                      ", audit log " + std::to_string(three[2]));
}

void judge_choices(const char* how, const ChoiceCounts& ballots, const ChoiceCounts& log,
                   const Choices& choices, const std::string& about, Findings& findings) {
  ChoiceCounts apart = ballots;
  for (const auto& [choice, count] : log) apart[choice] -= count;
  for (const auto& [choice, count] : apart)
    if (count != 0)
      findings.add(4, about + "the ballots that " + how + choices.text(choice) + " are " +
                          std::to_string(std::abs(count)) + (count > 0 ? " more" : " fewer") +
                          " than the audit log says");
}

/// Each ballot has its entries, and each acknowledged request that gave way.
void judge_log(const Held& held, const Audited& log, const Choices& choices,
               const std::string& about, Findings& findings) {
  judge_choices("were cast as ", held.cast, log.cast, choices, about, findings);
  judge_choices("stand with ", held.stand, log.stand, choices, about, findings);
  if (log.superseded < held.superseded)
    findings.add(4, about + std::to_string(held.superseded) +
                        " accepted requests gave way to another ballot, and the audit log notes " +
                        std::to_string(log.superseded));
}

void judge_shown(const StoredPoll& stored, const std::vector<ShownBy>& shown,
                 const std::string& about, Findings& findings) {
  for (const ShownBy& one : shown)
    if (!agrees(one.shown, stored))
      findings.add(4, about + "the counters are " + text_of(counters_of(stored)) + " of " +
                          std::to_string(stored.total) + ", and " + one.url + " shows " +
                          text_of(one.shown.votes) + " of " + std::to_string(one.shown.total));
}

void judge_final(const Reads::Final* seen, const StoredPoll& stored,
                 const std::vector<ShownBy>& shown, const std::string& about, Findings& findings) {
  if (seen == nullptr) return;
  const std::string was = about + "it was final with " + text_of(seen->shown.votes) + " of " +
                          std::to_string(seen->shown.total) + " (" + seen->place + ")";
  if (!stored.is_final) findings.add(5, was + ", and the store does not call it final");
  if (!agrees(seen->shown, stored))
    findings.add(5, was + ", and the counters are " + text_of(counters_of(stored)) + " of " +
                        std::to_string(stored.total));
  for (const ShownBy& one : shown)
    if (!one.shown.is_final || one.shown.total != seen->shown.total ||
        one.shown.votes != seen->shown.votes)
      findings.add(5, was + ", and " + one.url + " shows " + text_of(one.shown.votes) + " of " +
                          std::to_string(one.shown.total) +
                          (one.shown.is_final ? "" : ", not final"));
}

}  // namespace

void judge_counts(Testimony& testimony, std::size_t poll, Evidence& evidence, const Held& held,
                  const std::vector<ShownBy>& shown, Findings& findings) {
  const Target& target = testimony.polls()[poll];
  const std::string about = "poll " + target.poll.text() + ": ";
  const auto stored = evidence.poll(target.poll);
  if (!stored) return findings.add(4, about + "the store has no such poll");
  if (stored->options != target.options)
    findings.add(4, about + "the store has other options than the journal");
  const Figures counters = counters_of(*stored);
  const Figures ballots(held.options.begin(), held.options.end());
  const Audited log = audited(testimony, target.poll, evidence);
  const std::uint64_t found = findings.count(4);
  const std::size_t options = std::max({counters.size(), ballots.size(), log.figures.size()});
  for (std::size_t i = 0; i < options; ++i)
    judge_option(i + 1, {at(counters, i), at(ballots, i), at(log.figures, i)}, about, findings);
  if (findings.count(4) == found) judge_log(held, log, testimony.choices(), about, findings);
  if (std::cmp_not_equal(stored->total, held.ballots))
    findings.add(4, about + "total_votes is " + std::to_string(stored->total) + ", and " +
                        std::to_string(held.ballots) + " ballots are not empty");
  judge_shown(*stored, shown, about, findings);
  judge_final(testimony.reads().final_of(poll), *stored, shown, about, findings);
}

bool agrees(const Shown& shown, const StoredPoll& stored) {
  const Figures counters = counters_of(stored);
  const Figures votes(shown.votes.begin(), shown.votes.end());
  if (std::cmp_not_equal(shown.total, stored.total)) return false;
  for (std::size_t i = 0; i < std::max(votes.size(), counters.size()); ++i)
    if (at(votes, i) != at(counters, i)) return false;
  return true;
}

}  // namespace vote::load
