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

}  // namespace vote
