#include "command/failure.h"

#include <algorithm>
#include <array>
#include <utility>

namespace vote::command {
namespace {

using Hint = std::pair<std::string_view, std::string_view>;
constexpr std::array<Hint, 12> kHints{{
    {"unauthorized", "votectl login, or VOTE_TOKEN, or --token-file"},
    {"results_hidden", "vote first, or wait until the poll is closed"},
    {"guests_not_allowed", "votectl register and votectl login, then vote without --guest"},
    {"email_not_verified", "an admin can: votectl user verify USER"},
    {"already_voted",
     "votectl vote --status POLL shows what stands; --change replaces it, where the poll lets it"},
    {"vote_in_progress",
     "votectl vote --status POLL shows which vote stands; try again in a moment"},
    {"vote_pending", "your vote has not been counted yet: try again in a moment"},
    {"poll_not_active", "votectl poll show POLL says when it opens and closes"},
    {"poll_not_editable", "votectl poll close POLL ends it"},
    {"no_vote", "votectl vote --status POLL shows what stands"},
    {"invalid_option", "votectl poll show POLL lists the options"},
    {"unavailable", "try again; what was sent with the same key is never counted twice"},
}};

std::string in_words(std::string_view code) {
  std::string words(code);
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

Failure refusal(ExitCode exit_code, std::string_view code, const std::string& detail) {
  return {exit_code, in_words(code) + ": " + detail, hint_for(code)};
}

}  // namespace

ExitCode exit_code_of(unsigned status) {
  switch (status) {
    case 401:
      return ExitCode::unauthorized;
    case 403:
      return ExitCode::forbidden;
    case 404:
      return ExitCode::not_found;
    case 409:
      return ExitCode::conflict;
    case 429:
      return ExitCode::unavailable;
    default:
      break;
  }
  if (status >= 200 && status < 300) return ExitCode::ok;
  if (status >= 400 && status < 500) return ExitCode::refused;
  return status >= 500 ? ExitCode::unavailable : ExitCode::failed;
}

std::string hint_for(std::string_view code) {
  for (const auto& [known, hint] : kHints)
    if (known == code) return std::string(hint);
  return "";
}

Failure failure_of(const client::Answer& answer) {
  const std::string code = answer.code();
  if (code.starts_with("http_"))
    return {exit_code_of(answer.status), answer.detail(),
            "is it vote-api that --url or VOTE_URL names?"};
  return refusal(exit_code_of(answer.status), code, answer.detail());
}

Failure failure_of(const Error& error) {
  return refusal(exit_code_of(status_of(error.code)), name(error.code), for_operator(error));
}

}  // namespace vote::command
