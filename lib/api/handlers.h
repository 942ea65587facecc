#pragma once
// The handlers behind the routes, one function each, and what they share. Each throws
// http::HttpError where it refuses before it begins; `request` lives until the answer is there.
// Internal to api/.
#include "api/api.h"
#include "api/live.h"
#include "api/scoreboard.h"
#include "http/router.h"

namespace vote::api {

/// What the handlers of one server share.
struct Site {
  explicit Site(const ApiParts& api_parts)
      : parts(api_parts),
        scoreboard(api_parts.store, api_parts.cache, api_parts.clock),
        live(api_parts.polls, scoreboard, api_parts.cache, api_parts.timers, api_parts.clock) {}
  ApiParts parts;
  Scoreboard scoreboard;
  Live live;
};

// Accounts: accounts.cpp.
http::Answer register_user(Site& site, http::Request& request);
http::Answer log_in(Site& site, http::Request& request);
http::Answer become_guest(Site& site, http::Request& request);
http::Answer show_myself(Site& site, http::Request& request);
// For admins: users.cpp.
http::Answer list_users(Site& site, http::Request& request);
http::Answer show_user(Site& site, http::Request& request);
http::Answer change_user(Site& site, http::Request& request);

// Polls: polls.cpp, and what changes one in poll_changes.cpp.
http::Answer list_polls(Site& site, http::Request& request);
http::Answer show_poll(Site& site, http::Request& request);
http::Answer create_poll(Site& site, http::Request& request);
http::Answer edit_poll(Site& site, http::Request& request);
http::Answer open_poll(Site& site, http::Request& request);
http::Answer close_poll(Site& site, http::Request& request);
http::Answer delete_poll(Site& site, http::Request& request);

// Votes: votes.cpp.
http::Answer cast_vote(Site& site, http::Request& request);
http::Answer show_vote(Site& site, http::Request& request);
http::Answer change_vote(Site& site, http::Request& request);
http::Answer revoke_vote(Site& site, http::Request& request);

// Results, logs and exports: results.cpp, watch.cpp, audit.cpp, export.cpp.
http::Answer show_results(Site& site, http::Request& request);
http::Answer stream_results(Site& site, http::Request& request);
http::Answer open_results_socket(Site& site, http::Request& request);
http::Answer show_audit(Site& site, http::Request& request);
http::Answer show_operator_log(Site& site, http::Request& request);
http::Answer export_poll(Site& site, http::Request& request);

// Operations: operations.cpp.
http::Answer show_health(Site& site, http::Request& request);
http::Answer show_readiness(Site& site, http::Request& request);
http::Answer show_metrics(Site& site, http::Request& request);
http::Answer show_openapi(Site& site, http::Request& request);

}  // namespace vote::api
