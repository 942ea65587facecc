#include <string_view>

#include "api/access.h"
#include "http/completed.h"

namespace vote::api {
namespace {

using Found = Result<Scoreboard::Page>;
using Awaited = boost::asio::awaitable<http::Response>;

/// Whether all may see them. An open poll that hides its results shows them to who has voted, and
/// to auditors and admins, who may read every vote in the audit log; its owner is a voter like any.
bool is_public(const Poll& poll, PollStatus status) {
  return poll.published &&
         (poll.settings.show_results_during_voting || status == PollStatus::closed);
}

/// RFC 9110 §13.1.2: a list of tags, weak ones too, or "*".
bool names(std::string_view if_none_match, std::string_view etag) {
  if (if_none_match == "*") return true;
  for (auto at = if_none_match.find(etag); at != std::string_view::npos;
       at = if_none_match.find(etag, at + 1)) {
    const std::string_view before = if_none_match.substr(0, at);
    if (before.empty() || before.ends_with(' ') || before.ends_with(',') || before.ends_with("W/"))
      return true;
  }
  return false;
}

http::Response page_response(const http::Request& request, const Found& found,
                             std::string_view cache_control) {
  if (!found) return refusal(found.error());
  const ResultsPage& page = **found;
  http::Response response;
  response.fields.reserve(2);
  response.fields.emplace_back("ETag", page.etag);
  response.fields.emplace_back("Cache-Control", cache_control);
  if (names(request.field("If-None-Match").value_or(""), page.etag))
    response.status = 304;
  else
    response.shared_body = page.json;
  return response;
}

constexpr std::string_view kForAll = "no-cache";
constexpr std::string_view kForOne = "private, no-cache";

using Counts = std::optional<PollCounts>;

/// Nothing where what it holds is known to be too old.
http::Started<Counts> ask_cache(Site& site, PollId poll) {
  return http::Started<Counts>([&](auto done) {
    if (site.scoreboard.is_expired(poll)) return done(std::nullopt);
    site.parts.cache.counts(poll, std::move(done));
  });
}

Awaited await_page(Site& site, const http::Request& request, PollCopy poll, PollStatus status,
                   http::Started<Counts> counts, std::string_view cache_control) {
  if (const Counts cached = co_await counts.wait())
    co_return page_response(request, site.scoreboard.page_of(*poll, status, *cached),
                            cache_control);
  const auto page = co_await http::completed<Found>(
      [&](auto done) { site.scoreboard.read(poll, status, std::move(done)); });
  co_return page_response(request, page, cache_control);
}

/// Nothing where `viewer` may see hidden results.
boost::asio::awaitable<std::optional<Error>> why_hidden(Site& site, PollId poll,
                                                        std::optional<Identity> viewer) {
  const Error hidden{Code::results_hidden, "Vote to see results"};
  if (!viewer) co_return hidden;
  if (viewer->role == Role::auditor || viewer->role == Role::admin) co_return std::nullopt;
  using Looked = Result<std::optional<StandingVote>>;
  const auto vote = co_await http::completed<Looked>(
      [&](auto done) { site.parts.store.vote_of(poll, viewer->user, std::move(done)); });
  if (!vote) co_return vote.error();
  const bool stands = *vote && !(*vote)->options.empty();
  co_return stands ? std::nullopt : std::optional(hidden);
}

/// Where the poll has to be loaded, or not all may see it.
Awaited find_page(Site& site, const http::Request& request) {
  const auto viewer = identity_if_any(site, request);
  const auto poll = co_await find_poll(site, poll_id_of(request), viewer);
  if (!poll) co_return refusal(poll.error());
  const PollStatus status = (*poll)->status_at(site.parts.polls.store_now());
  const bool for_all = is_public(**poll, status);
  if (!for_all && !(*poll)->settings.show_results_during_voting)
    if (const auto error = co_await why_hidden(site, (*poll)->id, viewer))
      co_return refusal(*error);
  co_return co_await await_page(site, request, *poll, status, ask_cache(site, (*poll)->id),
                                for_all ? kForAll : kForOne);
}

}  // namespace

http::Answer show_results(Site& site, http::Request& request) {
  const PollCopy poll = site.parts.polls.find(poll_id_of(request));
  if (!poll) return find_page(site, request);
  const PollStatus status = poll->status_at(site.parts.polls.store_now());
  if (!is_public(*poll, status)) return find_page(site, request);
  if (auto page = site.scoreboard.fresh(*poll, status))
    return page_response(request, std::move(page), kForAll);
  auto counts = ask_cache(site, poll->id);
  if (const Counts* there = counts.value(); there != nullptr && *there)
    return page_response(request, site.scoreboard.page_of(*poll, status, **there), kForAll);
  return await_page(site, request, poll, status, std::move(counts), kForAll);
}

}  // namespace vote::api
