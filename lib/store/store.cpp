#include "store/store.h"

namespace vote {

bool is_refusal(Recorded outcome) {
  switch (outcome) {
    case Recorded::recorded:
    case Recorded::same:
    case Recorded::superseded:
    case Recorded::key_reused:
      return false;
    case Recorded::unknown_poll:
    case Recorded::unknown_option:
    case Recorded::not_active:
    case Recorded::too_late:
    case Recorded::final:
      break;
  }
  return true;
}

std::string_view name(Recorded outcome) {
  switch (outcome) {
    case Recorded::recorded:
      return "recorded";
    case Recorded::same:
      return "same";
    case Recorded::superseded:
      return "superseded";
    case Recorded::key_reused:
      return "key_reused";
    case Recorded::unknown_poll:
      return "unknown_poll";
    case Recorded::unknown_option:
      return "unknown_option";
    case Recorded::not_active:
      return "not_active";
    case Recorded::too_late:
      return "too_late";
    case Recorded::final:
      return "final";
  }
  return "unknown";
}

std::string explanation(Recorded outcome) {
  switch (outcome) {
    case Recorded::key_reused:
      return "this request_id was used for another choice: use a fresh one for each vote";
    case Recorded::unknown_poll:
      return "there is no such poll";
    case Recorded::unknown_option:
      return "the ballot names an option that the poll has not, one twice, or too many";
    case Recorded::not_active:
      return "the poll is a draft, or has not opened yet";
    case Recorded::too_late:
      return "the poll was closed before this vote came";
    case Recorded::final:
      return "the results of this poll are final";
    default:
      return std::string(name(outcome));
  }
}

std::string_view name(UndecidedVote::State state) {
  return state == UndecidedVote::State::retry ? "retry" : "dead_letter";
}

}  // namespace vote
