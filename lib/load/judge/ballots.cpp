#include "load/judge/ballots.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "load/judge/request.h"

namespace vote::load {
namespace {

struct Row {
  UserId voter;
  RequestId request;
  ChoiceNumber choice;
  ChoiceNumber cast;
  std::uint32_t revision;
};

/// The merge: rows come in, voters of the journal are judged as their rows are complete.
class Merge {
 public:
  Merge(Testimony& testimony, std::size_t poll, Findings& findings, Ends& ends)
      : testimony_(testimony),
        tries_(testimony.tries(poll)),
        poll_(testimony.polls()[poll]),
        findings_(findings),
        ends_(ends) {
    held_.options.resize(poll_.options.size());
  }

  void take(const StoredBallot& ballot) {
    if (!rows_.empty() && rows_.front().voter != ballot.voter) settle();
    rows_.push_back({ballot.voter, ballot.request, choice_of(ballot, ballot.choices),
                     choice_of(ballot, ballot.cast_choices), ballot.revision});
    hold(rows_.back().choice);
    ++held_.stand[rows_.back().choice];
    ++held_.cast[rows_.back().cast];
  }

  Held finish() {
    if (!rows_.empty()) settle();
    while (!tries_.empty()) judge(next_voter());
    return std::move(held_);
  }

 private:
  ChoiceNumber choice_of(const StoredBallot& ballot, std::string_view json) {
    const auto choice = testimony_.choices().number_of(json);
    if (!choice)
      findings_.add(1, about(ballot.voter) +
                           "has a ballot whose choice is no list of options: " + std::string(json));
    return choice.value_or(kNoOption);
  }

  void hold(ChoiceNumber choice) {
    const Positions& positions = testimony_.choices().positions(choice);
    if (!positions.empty()) ++held_.ballots;
    for (const std::uint16_t position : positions) {
      if (position > held_.options.size()) held_.options.resize(position);
      ++held_.options[position - 1U];
    }
  }

  std::span<const Try> next_voter() {
    const UserId voter = tries_.front().voter;
    const auto end = std::find_if(tries_.begin(), tries_.end(),
                                  [&](const Try& one) { return one.voter != voter; });
    const auto own = tries_.first(static_cast<std::size_t>(end - tries_.begin()));
    tries_ = tries_.subspan(own.size());
    return own;
  }

  void settle() {
    const std::vector<Row> rows = std::exchange(rows_, {});
    const UserId voter = rows.front().voter;
    while (!tries_.empty() && tries_.front().voter < voter) judge(next_voter());
    if (rows.size() > 1)
      findings_.add(3, about(voter) + "has " + std::to_string(rows.size()) + " ballots");
    if (tries_.empty() || tries_.front().voter != voter)
      for (const Row& row : rows)
        findings_.add(3, about(voter) + "has a ballot, " + row.request.text() +
                             ", and nobody sent a vote of that voter");
    else
      judge(next_voter(), rows);
  }

  void judge(std::span<const Try> own, std::span<const Row> rows = {}) {
    read_requests(own, requests_);
    superseded_.reset();
    for (const Request& request : requests_) count(request.fate);
    for (const Row& row : rows) judge_row(row);
    for (const Request& request : requests_) {
      if (request.first().kind == Kind::cast)
        judge_cast(request, rows);
      else if (request.fate == Fate::counted && rows.empty())
        findings_.add(1, about(request) + "was answered 200, and the voter has no ballot");
    }
    if (rows.empty()) judge_lockout();
  }

  /// The voter has no ballot. Where none was acknowledged either, none may have been in the way.
  void judge_lockout() {
    const Request* locked_out = nullptr;
    for (const Request& request : requests_) {
      if (request.fate == Fate::counted || request.fate == Fate::accepted) return;
      if (std::ranges::find(request.tries, Answered::another_stands, &Try::answered) !=
          request.tries.end())
        locked_out = &request;
    }
    if (locked_out != nullptr)
      findings_.add(
          1, about(*locked_out) + "was refused for another ballot of the voter, who has none");
  }

  void count(Fate fate) {
    switch (fate) {
      case Fate::counted:
        ++ends_.counted;
        break;
      case Fate::accepted:
        ++ends_.accepted;
        break;
      case Fate::no:
        ++ends_.no;
        break;
      case Fate::refused:
        ++ends_.refused;
        break;
      case Fate::unknown:
        ++ends_.unknown;
        break;
    }
  }

  void judge_cast(const Request& request, std::span<const Row> rows) {
    if (request.fate != Fate::counted && request.fate != Fate::accepted) return;
    const bool counted = request.fate == Fate::counted;
    if (rows.empty()) {
      findings_.add(1, about(request) + "was answered " + (counted ? "201" : "202") +
                           ", and the voter has no ballot");
      return;
    }
    const bool stands = std::any_of(rows.begin(), rows.end(), [&](const Row& row) {
      return row.request == request.first().key && row.cast == request.first().choice;
    });
    if (stands) return;
    const bool overtaken = is_overtaken(request, rows.front());
    if (counted || requests_.size() == 1 || overtaken)
      findings_.add(1, about(request) + "was answered " + (counted ? "201" : "202") + ", and " +
                           rows.front().request.text() + " with " + text(rows.front().cast) +
                           " stands instead" +
                           (overtaken ? ", which the queue took after that" : ""));
    else
      count_superseded(request.first().key);
  }

  /// The audit log notes a key once, whatever the choices that were asked for with it.
  void count_superseded(RequestId key) {
    ++ends_.superseded;
    if (std::exchange(superseded_, key) != key) ++held_.superseded;
  }

  /// Whether the row's request was sent when this one was safe in the queue, and went there too: a
  /// voter's votes keep their order in it.
  bool is_overtaken(const Request& request, const Row& row) const {
    return std::ranges::any_of(requests_, [&](const Request& other) {
      const Try& first = other.first();
      return first.kind == Kind::cast && first.key == row.request && first.choice == row.cast &&
             other.is_of_the_queue() && request.acknowledged_before(first);
    });
  }

  void judge_row(const Row& row) {
    const Request* same_key = nullptr;
    const Request* cast = nullptr;
    for (const Request& request : requests_) {
      if (request.first().kind != Kind::cast || request.first().key != row.request) continue;
      same_key = &request;
      if (request.first().choice == row.cast) cast = &request;
    }
    if (same_key == nullptr) {
      findings_.add(
          3, about(row.voter) + "has the ballot " + row.request.text() + ", which nobody sent");
      return;
    }
    if (cast == nullptr) {
      findings_.add(1, about(*same_key) + "asked for " + text(same_key->first().choice) +
                           ", and the ballot was cast as " + text(row.cast));
      return;
    }
    if (!cast->may_count())
      findings_.add(2, about(*cast) + "was refused with a 4xx, and is counted");
    judge_changes(row, *cast);
  }

  /// Between as many as were acknowledged and as many as may have been applied made the row what it
  /// is, and it holds the choice of one of them, after which no other was asked for and
  /// acknowledged.
  void judge_changes(const Row& row, const Request& cast) {
    std::uint32_t acknowledged = 0;
    std::uint32_t unknown = 0;
    bool explained = row.choice == row.cast && row.revision == 0;
    const Request* stands = nullptr;  // though it was overtaken
    for (const Request& request : requests_) {
      if (request.first().kind == Kind::cast || !request.may_count()) continue;
      ++(request.fate == Fate::counted ? acknowledged : unknown);
      if (row.revision == 0 || request.first().choice != row.choice) continue;
      explained = explained || overtaking(request) == nullptr;
      stands = &request;
    }
    if (row.revision < acknowledged || row.revision > acknowledged + unknown)
      findings_.add(1, about(cast) + "was changed " + std::to_string(row.revision) + " times; " +
                           std::to_string(acknowledged) + " changes were acknowledged, of " +
                           std::to_string(unknown) + " it is unknown");
    else if (!explained && stands != nullptr)
      findings_.add(1, about(*overtaking(*stands)) + "was answered 200, and " +
                           stands->first().key.text() + " with " + text(row.choice) +
                           " stands, which was acknowledged before that was sent");
    else if (!explained)
      findings_.add(1, about(cast) + "stands with " + text(row.choice) +
                           ", which is not what the voter asked for: " + text(row.cast) +
                           " or a change");
  }

  /// A change that was sent after this one was acknowledged, and was acknowledged itself.
  const Request* overtaking(const Request& request) const {
    const auto later = std::ranges::find_if(requests_, [&](const Request& other) {
      return other.first().kind != Kind::cast && other.fate == Fate::counted &&
             request.acknowledged_before(other.first());
    });
    return later == requests_.end() ? nullptr : &*later;
  }

  std::string about(UserId voter) const {
    return "poll " + poll_.poll.text() + ", voter " + voter.text() + " ";
  }
  std::string about(const Request& request) const {
    const Try& first = request.first();
    return "poll " + poll_.poll.text() + ", voter " + first.voter.text() + ": the " +
           std::string(name(first.kind)) + " " + first.key.text() + " (" +
           testimony_.place_of(first) + ") ";
  }
  std::string text(ChoiceNumber choice) const { return testimony_.choices().text(choice); }

  Testimony& testimony_;
  std::span<const Try> tries_;  // of voters not judged yet
  const Target& poll_;
  Findings& findings_;
  Ends& ends_;
  Held held_;
  std::vector<Row> rows_;  // of one voter
  std::vector<Request> requests_;
  std::optional<RequestId> superseded_;  // of one voter, the last one
};

}  // namespace

Held judge_ballots(Testimony& testimony, std::size_t poll, Evidence& evidence, Findings& findings,
                   Ends& ends) {
  Merge merge(testimony, poll, findings, ends);
  evidence.ballots(testimony.polls()[poll].poll,
                   [&](const StoredBallot& ballot) { merge.take(ballot); });
  return merge.finish();
}

}  // namespace vote::load
