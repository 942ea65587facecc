#pragma once
// A recount as a walk in short steps, each in a snapshot of its own, so that no read lasts long
// enough to keep a checkpoint, and with it the writers, waiting. All of it is as of the moment of
// the first step, whatever is voted meanwhile: the audit log, append-only, tells what was written
// since, and that is taken off each ballot that shows it. Internal to store/sqlite/. Used by one
// thread at a time.
#include <array>
#include <map>
#include <string>
#include <unordered_map>

#include "store/sqlite/connection.h"

namespace vote {

class RecountWalk {
 public:
  explicit RecountWalk(PollId poll) : poll_(poll) {}

  /// Looks at up to `rows` rows. True: it is done.
  Result<bool> step(StoreConnection& connection, std::size_t rows);
  /// Once it is done.
  Recount result() { return std::move(recount_); }

 private:
  // Voters are spread over so many sums; where two sums differ, their voters are looked at one by
  // one, in a second walk.
  static constexpr std::size_t kSums = 1'024;

  /// What ballots or entries add up to. Few different choices are made, so they are counted first
  /// and taken apart once.
  struct Side {
    std::map<std::string, std::int64_t, std::less<>> by_choice;
    std::array<std::uint64_t, kSums> sums{};
  };
  /// What an entry says that was written after the first step.
  struct Since {
    std::string old_choices;  // empty: none, not even an empty ballot
    std::string new_choices;
  };
  enum class Stage { begin, ballots, audit, voters_ballots, voters_audit, done };

  Result<bool> begin(StoreConnection& connection);
  void read_ballots(StoreConnection& connection, std::size_t rows);
  void read_audit(StoreConnection& connection, std::size_t rows);
  void read_since(StoreConnection& connection);
  void take_off_since();
  void count(Side& side, std::string_view voter, std::string_view choices, std::int64_t times);
  void end_of_ballots();
  void end_of_audit();
  void add_up();
  VoteSums sums_of(const Side& side, std::uint64_t& strays) const;
  bool names_voters() const {
    return stage_ == Stage::voters_ballots || stage_ == Stage::voters_audit;
  }

  const PollId poll_;
  Stage stage_ = Stage::begin;
  Recount recount_;
  std::int64_t last_log_id_ = 0;   // of the moment that is counted
  std::int64_t since_log_id_ = 0;  // up to which `since_` was read
  std::int64_t log_id_ = 0;        // up to which the audit was read
  std::string last_voter_;         // up to which the ballots were read
  bool all_ballots_ = false;
  std::multimap<std::string, Since, std::less<>> since_;  // of voters still to come
  Side ballots_;
  Side audited_;
  std::unordered_map<std::string, std::uint64_t> voters_;  // of sums that differ: what is left over
};

}  // namespace vote
