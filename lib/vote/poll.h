#pragma once
// A poll and the rules of its life: draft → (scheduled →) active → closed. What a poll is at a
// moment is worked out from its times, never from a job that ran. Pure; any thread.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vote/error.h"
#include "vote/ids.h"
#include "vote/time.h"

namespace vote {

inline constexpr std::size_t kOptionsMin = 2;
inline constexpr std::size_t kOptionsMax = 100;
inline constexpr std::size_t kTitleCharactersMax = 255;
inline constexpr std::size_t kOptionCharactersMax = 500;
inline constexpr std::size_t kDescriptionCharactersMax = 10'000;

struct PollOption {
  OptionId id;
  std::string text;

  bool operator==(const PollOption&) const = default;
};

struct PollSettings {
  bool allow_anonymous = false;
  bool show_results_during_voting = true;
  bool allow_multiple_options = false;
  std::uint32_t max_votes_per_user = 1;  // options on one ballot
  bool allow_vote_change = false;

  bool operator==(const PollSettings&) const = default;
};

enum class PollStatus { draft, scheduled, active, closed };
std::string_view name(PollStatus status);
std::optional<PollStatus> parse_poll_status(std::string_view text);

struct Poll {
  PollId id;
  UserId owner;
  std::string title;
  std::string description;
  Time start_time;
  Time end_time;
  bool published = false;                  // false: a draft
  std::optional<Time> close_requested_at;  // closed by hand; stamped by the store
  std::optional<Time> cutoff;              // of a poll closed by hand: once every API knows
  std::optional<Time> final_at;
  PollSettings settings;
  std::vector<PollOption> options;  // in display order; a position is index + 1
  Time created_at;
  Time updated_at;
  // Store's incarnation << 40 | its changes of any poll up to this one's last: two states of a poll
  // never have the same, not even where the store was set back and changed it in another way.
  std::uint64_t revision = 0;
  Duration grace{};  // what comes so long after the cut-off is in time; the store's

  bool operator==(const Poll&) const = default;

  PollStatus status_at(Time now) const;
  /// The earliest moment that may turn out to be the cut-off, for all this copy knows.
  Time certain_end() const;
  /// A vote stamped no later than this is in time for certain.
  Time certain_until() const { return certain_end() + grace; }
  /// The cut-off as decided so far, for the store, which alone may say "too late": of a poll closed
  /// by hand that not every API knows of yet, still the announced end.
  Time decided_end() const;
  /// A vote stamped later than this is too late.
  Time in_time_until() const { return decided_end() + grace; }
  /// The option's index, if this poll has it.
  std::optional<std::size_t> index_of(OptionId option) const;
};

/// Checks title, description, options, times and settings (1 to 255 characters, 2 to 100
/// different options, end after start, no control or bidi characters). The error names the field.
std::optional<Error> check_poll(const Poll& poll);

/// Checks a ballot against a poll: at least one option, all known, none twice, no more than
/// allowed.
std::optional<Error> check_choice(const Poll& poll, const std::vector<OptionId>& options);

/// What a person may write over many lines (descriptions) or in one (titles, options, names):
/// valid UTF-8, no NUL, no control characters but (multi-line) \n and \t, no bidi overrides.
/// Returns why not, for a message; nothing where the text is fine.
std::optional<std::string> text_defect(std::string_view text, std::size_t characters_max,
                                       bool multi_line);

/// Changes by hand, as pure steps: each gives the poll as it shall be, or why not.
struct PollEdit {
  std::optional<std::string> title;
  std::optional<std::string> description;
  std::optional<std::vector<PollOption>> options;
  std::optional<Time> start_time;
  std::optional<Time> end_time;
  std::optional<bool> published;  // true publishes a draft; it opens at its start_time
  std::optional<bool> allow_anonymous;
  std::optional<bool> show_results_during_voting;
  std::optional<bool> allow_multiple_options;
  std::optional<std::uint32_t> max_votes_per_user;
  std::optional<bool> allow_vote_change;
};
Result<Poll> edited(Poll poll, const PollEdit& edit, Time now);
Result<Poll> opened(Poll poll, Time now);           // a draft or scheduled poll opens now
Result<Poll> close_requested(Poll poll, Time now);  // an active poll; closing twice is no error

}  // namespace vote
