#include "vote/poll.h"

#include <algorithm>
#include <unordered_set>

namespace vote {
namespace {

Error invalid(std::string detail) {
  return {Code::invalid_input, std::move(detail)};
}

std::optional<Error> check_options(const std::vector<PollOption>& options) {
  if (options.size() < kOptionsMin) return invalid("options has fewer than 2 entries");
  if (options.size() > kOptionsMax) return invalid("options has more than 100 entries");
  std::unordered_set<std::string_view> texts;
  for (const PollOption& option : options) {
    if (option.text.empty()) return invalid("options has an empty text");
    if (const auto defect = text_defect(option.text, kOptionCharactersMax, false))
      return invalid("an option's text " + *defect);
    if (!texts.insert(option.text).second)
      return invalid("options names '" + option.text + "' twice");
  }
  return std::nullopt;
}

std::optional<Error> check_settings(const Poll& poll) {
  const PollSettings& settings = poll.settings;
  if (settings.max_votes_per_user < 1) return invalid("max_votes_per_user is less than 1");
  if (settings.max_votes_per_user > poll.options.size())
    return invalid("max_votes_per_user is more than there are options");
  if (!settings.allow_multiple_options && settings.max_votes_per_user != 1)
    return invalid("max_votes_per_user above 1 needs allow_multiple_options");
  return std::nullopt;
}

template <class T>
void replace(T& value, const std::optional<T>& by) {
  if (by) value = *by;
}

}  // namespace

std::string_view name(PollStatus status) {
  switch (status) {
    case PollStatus::draft:
      return "draft";
    case PollStatus::scheduled:
      return "scheduled";
    case PollStatus::active:
      return "active";
    case PollStatus::closed:
      return "closed";
  }
  return "unknown";
}

std::optional<PollStatus> parse_poll_status(std::string_view text) {
  for (const PollStatus status :
       {PollStatus::draft, PollStatus::scheduled, PollStatus::active, PollStatus::closed})
    if (name(status) == text) return status;
  return std::nullopt;
}

PollStatus Poll::status_at(Time now) const {
  if (!published) return PollStatus::draft;
  if (close_requested_at || final_at || now >= end_time) return PollStatus::closed;
  return now < start_time ? PollStatus::scheduled : PollStatus::active;
}

Time Poll::certain_end() const {
  if (cutoff) return std::min(*cutoff, end_time);
  return close_requested_at ? std::min(*close_requested_at, end_time) : end_time;
}

Time Poll::decided_end() const {
  return cutoff ? std::min(*cutoff, end_time) : end_time;
}

std::optional<std::size_t> Poll::index_of(OptionId option) const {
  for (std::size_t i = 0; i < options.size(); ++i)
    if (options[i].id == option) return i;
  return std::nullopt;
}

std::optional<Error> check_poll(const Poll& poll) {
  if (poll.title.empty()) return invalid("title is empty");
  if (const auto defect = text_defect(poll.title, kTitleCharactersMax, false))
    return invalid("title " + *defect);
  if (const auto defect = text_defect(poll.description, kDescriptionCharactersMax, true))
    return invalid("description " + *defect);
  if (poll.end_time <= poll.start_time) return invalid("end_time is not after start_time");
  if (auto error = check_options(poll.options)) return error;
  return check_settings(poll);
}

std::optional<Error> check_choice(const Poll& poll, const std::vector<OptionId>& options) {
  if (options.empty()) return Error{Code::invalid_option, "the ballot names no option"};
  for (std::size_t i = 0; i < options.size(); ++i) {
    if (!poll.index_of(options[i]))
      return Error{Code::invalid_option,
                   "option " + options[i].text() + " is not one of this poll's"};
    if (std::find(options.begin(), options.begin() + static_cast<std::ptrdiff_t>(i), options[i]) !=
        options.begin() + static_cast<std::ptrdiff_t>(i))
      return Error{Code::invalid_option, "the ballot names option " + options[i].text() + " twice"};
  }
  if (options.size() > poll.settings.max_votes_per_user)
    return Error{Code::invalid_option, "the ballot names " + std::to_string(options.size()) +
                                           " options; this poll allows " +
                                           std::to_string(poll.settings.max_votes_per_user)};
  return std::nullopt;
}

Result<Poll> edited(Poll poll, const PollEdit& edit, Time now) {
  if (poll.status_at(now) != PollStatus::draft)
    return Error{Code::poll_not_editable, "the poll is no draft any more, it cannot be edited"};
  replace(poll.title, edit.title);
  replace(poll.description, edit.description);
  replace(poll.options, edit.options);
  replace(poll.start_time, edit.start_time);
  replace(poll.end_time, edit.end_time);
  replace(poll.published, edit.published);
  replace(poll.settings.allow_anonymous, edit.allow_anonymous);
  replace(poll.settings.show_results_during_voting, edit.show_results_during_voting);
  replace(poll.settings.allow_multiple_options, edit.allow_multiple_options);
  replace(poll.settings.max_votes_per_user, edit.max_votes_per_user);
  replace(poll.settings.allow_vote_change, edit.allow_vote_change);
  // As at a poll's creation: all options may be on a ballot unless a limit is named.
  const auto most = static_cast<std::uint32_t>(poll.options.size());
  if (!edit.max_votes_per_user && edit.allow_multiple_options)
    poll.settings.max_votes_per_user = *edit.allow_multiple_options ? most : 1;
  else if (!edit.max_votes_per_user)
    poll.settings.max_votes_per_user = std::min(poll.settings.max_votes_per_user, most);
  if (auto error = check_poll(poll)) return *error;
  if (poll.published && poll.end_time <= now)
    return invalid("end_time has passed: set a later one before publishing");
  return poll;
}

Result<Poll> opened(Poll poll, Time now) {
  switch (poll.status_at(now)) {
    case PollStatus::active:
      return poll;
    case PollStatus::closed:
      return Error{Code::poll_not_editable, "the poll is closed; a closed poll stays closed"};
    case PollStatus::draft:
    case PollStatus::scheduled:
      break;
  }
  poll.published = true;
  poll.start_time = now;
  if (poll.end_time <= now)
    return invalid("end_time has passed: set a later one before opening the poll");
  return poll;
}

Result<Poll> close_requested(Poll poll, Time now) {
  switch (poll.status_at(now)) {
    case PollStatus::draft:
      return Error{Code::poll_not_active, "the poll is a draft: delete it, or open it first"};
    case PollStatus::closed:
      return poll;
    case PollStatus::scheduled:
    case PollStatus::active:
      break;
  }
  poll.close_requested_at = now;
  return poll;
}

}  // namespace vote
