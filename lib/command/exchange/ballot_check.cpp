#include "command/exchange/ballot_check.h"

#include <algorithm>

namespace vote::command {
namespace {

class Check {
 public:
  Check(BallotFile& file, std::uint32_t max_options,
        const std::function<void(const Complaint&)>& complain)
      : file_(file), poll_(file.poll()), complain_(complain) {
    poll_.settings.max_votes_per_user = max_options;
  }

  Checked run() {
    file_.rewind();
    for (bool more = true; more;) more = take(file_.next());
    complain_of_second_ballots();
    return checked_;
  }

 private:
  struct Voter {
    UserId id;
    std::uint64_t line;
  };

  bool take(BallotFile::Next next) {
    if (const auto* wrong = std::get_if<Complaint>(&next)) {
      complain(*wrong);
      return !wrong->fatal;
    }
    const auto* ballot = std::get_if<FileBallot>(&next);
    if (ballot == nullptr) return false;
    checked_.ballots += ballot->count;
    if (checked_.ballots > kBallotsMax) {
      complain({ballot->place,
                "the file holds more than " + std::to_string(kBallotsMax) + " ballots", true});
      return false;
    }
    take(*ballot);
    return true;
  }

  void take(const FileBallot& ballot) {
    if (!ballot.options.empty())
      if (const auto error = check_choice(poll_, ballot.options))
        complain({ballot.place, error->detail});
    checked_.options_max =
        std::max(checked_.options_max, static_cast<std::uint32_t>(ballot.options.size()));
    if (ballot.cast_at)
      checked_.first_cast =
          std::min(*ballot.cast_at, checked_.first_cast.value_or(*ballot.cast_at));
    if (ballot.voter) voters_.push_back({*ballot.voter, ballot.place.line});
  }

  void complain_of_second_ballots() {
    std::ranges::sort(voters_, {},
                      [](const Voter& voter) { return std::make_pair(voter.id, voter.line); });
    for (std::size_t i = 1; i < voters_.size(); ++i)
      if (voters_[i].id == voters_[i - 1].id)
        complain({{voters_[i].line, 1},
                  "voter " + voters_[i].id.text() + " has a ballot in line " +
                      std::to_string(voters_[i - 1].line) + " already"});
  }

  void complain(const Complaint& complaint) {
    ++checked_.complaints;
    complain_(complaint);
  }

  BallotFile& file_;
  Poll poll_;
  const std::function<void(const Complaint&)>& complain_;
  Checked checked_;
  std::vector<Voter> voters_;
};

}  // namespace

Checked check_ballots(BallotFile& file, std::uint32_t max_options,
                      const std::function<void(const Complaint&)>& complain) {
  return Check(file, max_options, complain).run();
}

}  // namespace vote::command
