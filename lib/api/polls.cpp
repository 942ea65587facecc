// Polls as they are shown: one, and lists. What changes them: poll_changes.cpp.
#include "api/access.h"
#include "api/body.h"
#include "api/json.h"
#include "http/completed.h"

namespace vote::api {
namespace {

using Awaited = boost::asio::awaitable<http::Response>;

Awaited find_one(Site& site, PollId id, std::optional<Identity> viewer) {
  const auto poll = co_await find_poll(site, id, viewer);
  co_return respond(200, poll, [&site](const PollCopy& copy) {
    return to_json(*copy, site.parts.polls.store_now());
  });
}

Awaited find_page(Site& site, PollFilter filter) {
  const auto page = co_await http::completed<Result<PollPage>>(
      [&](auto done) { site.parts.store.polls(std::move(filter), std::move(done)); });
  co_return respond(200, page, [&site](const PollPage& polls) {
    return to_json(polls, site.parts.polls.store_now());
  });
}

bool is_mine_wanted(const http::Request& request) {
  const auto mine = request.query_parameter("mine");
  if (mine && *mine != "true" && *mine != "false") refuse_malformed("mine must be true or false");
  return mine == "true";
}

}  // namespace

http::Answer show_poll(Site& site, http::Request& request) {
  return find_one(site, poll_id_of(request), identity_if_any(site, request));
}

http::Answer list_polls(Site& site, http::Request& request) {
  const bool mine = is_mine_wanted(request);
  const auto viewer = mine ? identity_of(site, request) : identity_if_any(site, request);
  PollFilter filter;
  if (const auto status = request.query_parameter("status")) {
    filter.status = parse_poll_status(*status);
    if (!filter.status) refuse_malformed("status must be draft, scheduled, active or closed");
  }
  if (viewer) filter.viewer = viewer->user;
  if (mine) filter.owner = viewer->user;
  filter.all_drafts = viewer && viewer->role == Role::admin;
  PageWish wish = page_wish_of(request);
  filter.cursor = std::move(wish.cursor);
  filter.limit = wish.limit;
  return find_page(site, std::move(filter));
}

}  // namespace vote::api
