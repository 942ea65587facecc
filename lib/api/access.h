#pragma once
// Who asks, for what, and whether they may. All that refuse throw http::HttpError. Internal to
// api/.
#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <optional>
#include <string_view>

#include "account/token.h"
#include "api/handlers.h"
#include "vote/account.h"

namespace vote::api {

inline constexpr std::size_t kPageSizeUsual = 50;  // of a list, where no limit is given
inline constexpr std::size_t kPageSizeMax = 200;

/// Who the request's bearer token names (RFC 6750 §2.1); 401 where there is none, or it does not
/// hold. By the store's clock, so that all APIs agree on what has expired.
Identity identity_of(const Site& site, const http::Request& request);
/// Nothing without an Authorization field; 401 where there is one that does not hold.
std::optional<Identity> identity_if_any(const Site& site, const http::Request& request);
/// The same with the token's end.
std::optional<Credential> credential_if_any(const Site& site, const http::Request& request);
/// Of a token that came elsewhere; 401 where it does not hold.
Credential credential_of(const Site& site, std::string_view token);
/// 403 forbidden for anybody else.
Identity admin_of(const Site& site, const http::Request& request);

/// 403 forbidden for all but auditors and admins.
Identity auditor_of(const Site& site, const http::Request& request);

/// The id in the path; 400 malformed where it is no UUID.
PollId poll_id_of(const http::Request& request);
UserId user_id_of(const http::Request& request);

struct PageWish {
  std::string cursor;  // empty: from the start
  std::size_t limit = kPageSizeUsual;
};
/// ?cursor=&limit=; 400 malformed where the limit is not 1 to kPageSizeMax.
PageWish page_wish_of(const http::Request& request);

/// Whether `viewer` may change the poll, and see it while it is a draft.
bool may_change(const Poll& poll, const std::optional<Identity>& viewer);
Error no_such_poll(PollId id);

/// The poll; not_found also for a draft that is not for `viewer`. Drafts are read from the store:
/// a copy does not hear that one was deleted through another API.
boost::asio::awaitable<Result<PollCopy>> find_poll(Site& site, PollId id,
                                                   std::optional<Identity> viewer);

/// What `actor` does with this request, for the operators' log.
OperatorAction action_of(const Site& site, const http::Request& request, const Identity& actor,
                         std::string action, std::optional<PollId> poll);
/// Logs it. What cannot be logged must not be done: the error is the request's answer.
boost::asio::awaitable<Result<Done>> note(Site& site, OperatorAction action);

/// A response with a JSON body.
http::Response respond(unsigned status, std::string json);
/// A value as JSON, or the error as a problem.
template <class T, class ToJson>
http::Response respond(unsigned status, const Result<T>& result, ToJson to_json);
http::Response refusal(const Error& error);

template <class T, class ToJson>
http::Response respond(unsigned status, const Result<T>& result, ToJson to_json) {
  return result ? respond(status, to_json(*result)) : refusal(result.error());
}

}  // namespace vote::api
