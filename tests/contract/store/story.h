#pragma once
// A history as a person reads it: polls are P1, P2, voters V1, options P1.1, requests R1 in the
// order in which they were met, times in seconds since the start.
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "contract/store/house.h"

namespace vote::test {

class Story {
 public:
  explicit Story(Time start) : start_(start) {}

  void tell(const Poll& poll) {
    const std::string name = name_of(poll.id.uuid, 'P');
    for (std::size_t i = 0; i < poll.options.size(); ++i)
      names_[poll.options[i].id.uuid] = name + "." + std::to_string(i + 1);
    text_ << "poll " << name << (poll.published ? "" : " (a draft)") << " of "
          << poll.options.size() << " options, " << poll.settings.max_votes_per_user
          << " on a ballot, " << (poll.settings.allow_vote_change ? "changes" : "no changes")
          << ", from " << time(poll.start_time) << " to " << time(poll.end_time) << "\n";
  }
  void tell(const std::string& step) { text_ << step << "\n"; }
  void tell(const std::string& step, const Poll& poll) {
    text_ << step << " " << name_of(poll.id.uuid, 'P') << "\n";
  }
  void tell_change(const CastVote& vote) { text_ << "change: " << text_of(vote) << "\n"; }
  void tell(const Batch& batch) {
    text_ << "batch" << (batch.note_superseded ? ", superseded ones noted" : "") << "\n";
    for (const VoteToRecord& one : batch.votes)
      text_ << "  " << text_of(one.vote) << " stamp " << time(one.stamp) << "\n";
    for (const Batch::Move& move : batch.moves)
      text_ << "  partition " << move.to.partition << " from " << move.from_offset << " to "
            << move.to.next_offset << "\n";
    for (const ClosingRead& closing : batch.closings)
      text_ << "  closing message of " << name_of(closing.poll.uuid, 'P') << " in partition "
            << closing.partition << " stamp " << time(closing.stamp) << "\n";
    for (const UndecidedVote& vote : batch.undecided)
      text_ << "  undecided in " << name_of(vote.poll.uuid, 'P') << ": message " << std::hex
            << vote.digest << std::dec << " of "
            << (vote.voter ? name_of(vote.voter->uuid, 'V') : "nobody known") << ", "
            << name(vote.state) << ", stamp " << time(vote.first_stamp) << "\n";
  }
  void tell_time(Time now) { text_ << "it is " << time(now) << "\n"; }

  std::string text() const { return text_.str(); }

 private:
  std::string text_of(const CastVote& vote) {
    std::string text = name_of(vote.voter.uuid, 'V') + " " + name_of(vote.request.uuid, 'R') +
                       " in " + name_of(vote.poll.uuid, 'P') + " for";
    for (const OptionId& option : vote.options) text += " " + name_of(option.uuid, 'O');
    return text + (vote.options.empty() ? " nothing" : "");
  }
  std::string time(std::optional<Time> time) const {
    return time ? std::to_string(static_cast<double>((*time - start_).count()) / 1e6) + " s"
                : "none";
  }
  std::string name_of(const Uuid& id, char kind) {
    const auto [found, is_new] = names_.try_emplace(id);
    if (is_new) found->second = kind + std::to_string(++met_[kind]);
    return found->second;
  }

  Time start_;
  std::ostringstream text_;
  std::map<Uuid, std::string> names_;
  std::map<char, int> met_;
};

}  // namespace vote::test
