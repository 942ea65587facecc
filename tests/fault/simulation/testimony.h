#pragma once
// What the clients of a simulated world sent and were answered, in its order, and what a journal
// makes of it for the judge of vote-loadgen. One thread.
#include <deque>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "fault/simulation/environment.h"
#include "load/journal.h"

namespace vote::simulated {

/// Codes of answers are the product's own words, which last for ever.
class Records {
 public:
  explicit Records(const Environment& world) : world_(world) {}

  std::vector<load::Target> polls;

  std::uint64_t send(load::Kind kind, std::size_t poll, UserId voter, RequestId key,
                     load::Positions options);
  void answer(std::uint64_t send, unsigned status, std::string_view code);
  void read(std::size_t poll, std::uint64_t connection, const load::Shown& shown);
  std::uint64_t tries() const { return sends_.size(); }
  /// Different requests.
  std::uint64_t requests() const { return requests_.size(); }

  /// The journal: a path under which it can be read, as long as this object lives. What the store
  /// decided and then lost, with a commit, was answered as it is promised without it: an
  /// acknowledgement of the queue stands, and what the store said since of a change, or
  /// acknowledged of a vote, that was asked for since; all else is as if nobody had heard it.
  std::string write_journal();

  ~Records();
  Records(const Records&) = delete;

 private:
  struct Heard {
    std::uint64_t send;
    Duration at;
    unsigned status;
    std::string_view code;
  };
  using Line = std::variant<load::Send, Heard, load::Read>;
  Heard as_promised(Heard heard) const;

  const Environment& world_;
  std::vector<Line> lines_;
  std::vector<std::size_t> sends_;  // their places in lines_
  using Request = std::tuple<std::size_t, UserId, RequestId>;
  std::set<Request> requests_;
  std::set<Request> unanswered_;  // in one try at least
  int file_ = -1;
};

}  // namespace vote::simulated
