#include "vote/error.h"

namespace vote {

std::string_view name(Code code) {
  switch (code) {
    case Code::malformed:
      return "malformed";
    case Code::unauthorized:
      return "unauthorized";
    case Code::forbidden:
      return "forbidden";
    case Code::results_hidden:
      return "results_hidden";
    case Code::guests_not_allowed:
      return "guests_not_allowed";
    case Code::email_not_verified:
      return "email_not_verified";
    case Code::too_many_devices:
      return "too_many_devices";
    case Code::not_found:
      return "not_found";
    case Code::already_voted:
      return "already_voted";
    case Code::vote_in_progress:
      return "vote_in_progress";
    case Code::vote_pending:
      return "vote_pending";
    case Code::poll_not_active:
      return "poll_not_active";
    case Code::poll_not_editable:
      return "poll_not_editable";
    case Code::poll_final:
      return "poll_final";
    case Code::too_late:
      return "too_late";
    case Code::change_not_allowed:
      return "change_not_allowed";
    case Code::no_vote:
      return "no_vote";
    case Code::name_taken:
      return "name_taken";
    case Code::invalid_option:
      return "invalid_option";
    case Code::invalid_input:
      return "invalid_input";
    case Code::idempotency_key_reused:
      return "idempotency_key_reused";
    case Code::too_large:
      return "too_large";
    case Code::unsupported_media_type:
      return "unsupported_media_type";
    case Code::rate_limited:
      return "rate_limited";
    case Code::unavailable:
      return "unavailable";
  }
  return "unknown";
}

std::string for_operator(const Error& error) {
  return error.cause.empty() ? error.detail : error.detail + ": " + error.cause;
}

unsigned status_of(Code code) {
  switch (code) {
    case Code::malformed:
      return 400;
    case Code::unauthorized:
      return 401;
    case Code::forbidden:
    case Code::results_hidden:
    case Code::guests_not_allowed:
    case Code::email_not_verified:
    case Code::too_many_devices:
      return 403;
    case Code::not_found:
      return 404;
    case Code::already_voted:
    case Code::vote_in_progress:
    case Code::vote_pending:
    case Code::poll_not_active:
    case Code::poll_not_editable:
    case Code::poll_final:
    case Code::too_late:
    case Code::change_not_allowed:
    case Code::no_vote:
    case Code::name_taken:
      return 409;
    case Code::too_large:
      return 413;
    case Code::unsupported_media_type:
      return 415;
    case Code::invalid_option:
    case Code::invalid_input:
    case Code::idempotency_key_reused:
      return 422;
    case Code::rate_limited:
      return 429;
    case Code::unavailable:
      return 503;
  }
  return 500;
}

}  // namespace vote
