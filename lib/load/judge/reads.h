#pragma once
// Promise 5, judged from the reads of results in the order of the journal. One thread.
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "load/journal.h"
#include "load/judge/findings.h"

namespace vote::load {

class Reads {
 public:
  /// A revocation was sent, so totals may be one smaller from now on.
  void revocation(std::size_t poll) { ++poll_of(poll).revocations; }
  /// An answer to a read. `journal`: whose connection numbers these are. `place`: where it stands,
  /// for evidence.
  void take(std::size_t poll, std::size_t journal, const Read& read, const std::string& place,
            Findings& findings);

  std::uint64_t count() const { return count_; }
  /// What was first shown as final, and where; null: nothing was.
  struct Final {
    Shown shown;
    std::string place;
  };
  const Final* final_of(std::size_t poll) const {
    const bool seen = poll < polls_.size() && polls_[poll].first_final;
    return seen ? &*polls_[poll].first_final : nullptr;
  }

 private:
  struct OfPoll {
    std::uint64_t revocations = 0;
    std::optional<Final> first_final;
  };
  /// The last that one connection showed of one poll.
  struct Last {
    std::uint64_t version = 0;
    std::uint64_t total = 0;
    std::uint64_t greatest_total = 0;
    bool is_final = false;
    std::string place;
  };
  OfPoll& poll_of(std::size_t poll) {
    if (poll >= polls_.size()) polls_.resize(poll + 1);
    return polls_[poll];
  }

  std::vector<OfPoll> polls_;
  std::unordered_map<std::uint64_t, std::unordered_map<std::uint64_t, Last>> last_;
  std::uint64_t count_ = 0;
};

}  // namespace vote::load
