#include "api/view.h"

#include <utility>

#include "api/access.h"

namespace vote::api {
namespace {

using Found = Result<Scoreboard::Page>;
using Counts = std::optional<PollCounts>;

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

}  // namespace

bool is_public(const Poll& poll, PollStatus status) {
  return poll.published &&
         (poll.settings.show_results_during_voting || status == PollStatus::closed);
}

http::Started<Counts> ask_cache(Site& site, const Poll& poll) {
  return http::Started<Counts>([&](auto done) {
    if (!site.scoreboard.trusts_cache(poll)) return done(std::nullopt);
    site.parts.cache.counts(poll.id, std::move(done));
  });
}

boost::asio::awaitable<Found> await_page(Site& site, PollCopy poll, PollStatus status,
                                         http::Started<Counts> counts) {
  if (const Counts cached = co_await counts.wait())
    co_return site.scoreboard.page_of_cached(poll, status, *cached);
  co_return co_await http::completed<Found>(
      [&](auto done) { site.scoreboard.read(poll, status, std::move(done)); });
}

boost::asio::awaitable<Result<View>> find_view(Site& site, PollId id,
                                               std::optional<Identity> viewer) {
  const auto poll = co_await find_poll(site, id, viewer);
  if (!poll) co_return poll.error();
  View view{*poll, (*poll)->status_at(site.parts.polls.store_now()), false, nullptr};
  view.for_all = is_public(**poll, view.status);
  if (!view.for_all && !(*poll)->settings.show_results_during_voting)
    if (const auto error = co_await why_hidden(site, id, viewer)) co_return *error;
  const auto page = co_await await_page(site, view.poll, view.status, ask_cache(site, *view.poll));
  if (!page) co_return page.error();
  view.page = *page;
  co_return view;
}

}  // namespace vote::api
