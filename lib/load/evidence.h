#pragma once
// What the judge reads of a store, by SQL of its own: a small port, so that a store elsewhere can
// be judged too. One moment's: all that an Evidence says is read in one transaction, which begins
// when it is made and writes nothing. One thread. Everything throws what its backend throws.
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "queue/queue.h"
#include "vote/ids.h"

namespace vote::load {

/// A row of votes. Choices are JSON arrays of positions and live until the next row.
struct StoredBallot {
  UserId voter;
  RequestId request;
  std::string_view choices;       // as it stands
  std::string_view cast_choices;  // as cast
  std::uint32_t revision = 0;
};

struct StoredPoll {
  std::vector<OptionId> options;  // by position
  bool is_final = false;
  std::int64_t total = 0;
  std::map<std::size_t, std::int64_t> counters;  // by position
};

/// So many audit entries of one action with these choices; an empty text where there is none.
struct AuditSum {
  std::string_view action;
  std::string_view old_choices;
  std::string_view new_choices;
  std::int64_t entries = 0;
};

class Evidence {
 public:
  virtual ~Evidence() = default;

  virtual std::optional<StoredPoll> poll(PollId poll) = 0;
  /// Every row, in the order of the voters' ids (as bytes), also two of one voter.
  virtual void ballots(PollId poll, const std::function<void(const StoredBallot&)>& take) = 0;
  virtual void audit(PollId poll, const std::function<void(const AuditSum&)>& take) = 0;
  /// How far the queue has been processed.
  virtual std::vector<Position> positions(const std::string& topic) = 0;
};

using OpenEvidence = std::function<std::unique_ptr<Evidence>()>;

}  // namespace vote::load
