#pragma once
// What journals say, compact enough for tens of millions of lines: every try with its answer,
// sorted by voter, and what reads of results gave away. One thread.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "load/choices.h"
#include "load/journal_reader.h"
#include "load/judge/findings.h"
#include "load/judge/reads.h"

namespace vote::load {

/// Tries that are held, 52 bytes each.
inline constexpr std::uint64_t kTriesMax = 100'000'000;
/// Reasons that are kept for evidence that is missing; those beyond are counted.
inline constexpr std::size_t kMissingMax = 1'000;

/// What a try's answer means.
enum class Answered : std::uint8_t {
  nothing,         // no answer, or a 5xx: whether it counts is unknown
  counted,         // 201 of a cast, 200 of a change or revocation
  accepted,        // 202
  refused,         // a 4xx for good
  another_stands,  // the same of a cast, and it says that the voter has a ballot: already_voted,
                   // idempotency_key_reused
  asked_again,     // a 4xx that says "not now": 408, 429, vote_in_progress, vote_pending
  unsent,          // it was never sent
};
Answered meaning(Kind kind, unsigned status, std::string_view code);

struct Try {
  UserId voter;
  RequestId key;
  std::uint32_t line = 0;         // of its `send`, in the journal `journal`
  std::uint32_t answer_line = 0;  // 0: none, or too far down to be said
  ChoiceNumber choice = 0;
  std::uint32_t poll = 0;  // an index of Testimony::polls()
  std::uint16_t journal = 0;
  Kind kind = Kind::cast;
  Answered answered = Answered::nothing;
};

/// Evidence that is not there, so nothing can be acquitted.
struct Missing {
  std::vector<std::string> reasons;
  std::uint64_t count = 0;
  std::uint64_t broken_lines = 0;  // each may have held a request

  void add(std::string reason) {
    ++count;
    if (reasons.size() < kMissingMax) reasons.push_back(std::move(reason));
  }
};

/// Where a journal could go on.
struct JournalEnd {
  std::uint64_t next_number = 0;
  std::uint64_t sends = 0;
  std::uint64_t answers = 0;
  bool torn = false;  // its last line has no end
};

class Testimony {
 public:
  /// Reads the whole journal; findings are those of its reads. Throws JournalError.
  JournalEnd read(JournalReader& journal, Findings& findings);
  /// After the last journal: sorts.
  void close();

  const std::vector<Target>& polls() const { return polls_; }
  /// Of one poll, in order of voter, key, kind, choice, journal and line. After `close`.
  std::span<const Try> tries(std::size_t poll) const;
  std::uint64_t tries() const { return tries_.size(); }
  std::uint64_t lines() const { return lines_; }
  const Reads& reads() const { return reads_; }
  const Missing& missing() const { return missing_; }
  Choices& choices() { return choices_; }
  const std::vector<std::string>& journals() const { return journals_; }
  /// "run.ndjson:17"
  std::string place_of(const Try& one) const;

 private:
  /// Of the journal that is being read.
  struct Reading {
    const JournalReader& journal;
    std::vector<std::size_t> polls = {};      // its indices → ours
    std::vector<std::uint64_t> numbers = {};  // of its sends, growing
    std::vector<bool> answered = {};          // of each send
    std::size_t first = 0;                    // of its tries
    std::uint64_t sends = 0, answers = 0;
    bool ended = false;
    bool at_end = false;
    std::optional<std::string> suspect = {};  // what is wrong with the last line
    bool torn = false;                        // that line has no end
  };
  std::size_t poll_index(const Target& poll, const std::string& path);
  void take(Reading& reading, const JournalLine& line, Findings& findings);
  void take(Reading& reading, const Send& send);
  void take(Reading& reading, const Answer& answer);
  void take(Reading& reading, const Unsent& unsent);
  void take(Reading& reading, const End& end);
  void settle_suspect(const Reading& reading);
  std::string place_of(std::size_t journal, std::uint64_t line) const;

  std::vector<std::string> journals_;
  std::vector<Target> polls_;
  std::vector<Try> tries_;
  Choices choices_;
  Reads reads_;
  Missing missing_;
  std::uint64_t lines_ = 0;
};

}  // namespace vote::load
