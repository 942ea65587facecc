#include "process/totals.h"

namespace vote {

std::string_view name(DeathCause cause) {
  switch (cause) {
    case DeathCause::malformed:
      return "malformed";
    case DeathCause::unknown_poll:
      return "unknown_poll";
    case DeathCause::unknown_option:
      return "unknown_option";
    case DeathCause::not_active:
      return "not_active";
    case DeathCause::too_late:
      return "too_late";
    case DeathCause::final:
      return "final";
    case DeathCause::store_refused:
      break;
  }
  return "store_refused";
}

DeathCause cause_of(Recorded refusal) {
  switch (refusal) {
    case Recorded::unknown_poll:
      return DeathCause::unknown_poll;
    case Recorded::unknown_option:
      return DeathCause::unknown_option;
    case Recorded::not_active:
      return DeathCause::not_active;
    case Recorded::too_late:
      return DeathCause::too_late;
    case Recorded::final:
      return DeathCause::final;
    default:
      return DeathCause::store_refused;
  }
}

}  // namespace vote
