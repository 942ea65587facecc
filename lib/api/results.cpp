#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "api/access.h"
#include "api/view.h"

namespace vote::api {
namespace {

using Found = Result<Scoreboard::Page>;
using Awaited = boost::asio::awaitable<http::Response>;

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

/// The page itself is what holds the body: threads that count its owners get into each other's way.
http::Response page_response(const http::Request& request, Found found,
                             std::string_view cache_control) {
  if (!found) return refusal(found.error());
  Scoreboard::Page page = std::move(*found);
  http::Response response;
  response.fields.reserve(2);
  response.fields.emplace_back("ETag", page->etag);
  response.fields.emplace_back("Cache-Control", cache_control);
  if (names(request.field("If-None-Match").value_or(""), page->etag)) {
    response.status = 304;
    return response;
  }
  const std::string* const json = &page->json;
  response.shared_body = std::shared_ptr<const std::string>(std::move(page), json);
  return response;
}

constexpr std::string_view kForAll = "no-cache";
constexpr std::string_view kForOne = "private, no-cache";

using Counts = std::optional<PollCounts>;

Awaited answer_later(Site& site, const http::Request& request, PollCopy poll, PollStatus status,
                     http::Started<Counts> counts) {
  co_return page_response(
      request, co_await await_page(site, std::move(poll), status, std::move(counts)), kForAll);
}

/// Where the poll has to be loaded, or not all may see it.
Awaited find_page(Site& site, const http::Request& request) {
  const auto viewer = identity_if_any(site, request);
  const auto view = co_await find_view(site, poll_id_of(request), viewer);
  if (!view) co_return refusal(view.error());
  co_return page_response(request, view->page, view->for_all ? kForAll : kForOne);
}

}  // namespace

http::Answer show_results(Site& site, http::Request& request) {
  const PollCopy poll = site.parts.polls.find(poll_id_of(request));
  if (!poll) return find_page(site, request);
  const PollStatus status = poll->status_at(site.parts.polls.store_now());
  if (!is_public(*poll, status)) return find_page(site, request);
  if (auto page = site.scoreboard.fresh(*poll, status))
    return page_response(request, std::move(page), kForAll);
  auto counts = ask_cache(site, *poll);
  if (const Counts* there = counts.value(); there != nullptr && *there)
    return page_response(request, site.scoreboard.page_of_cached(poll, status, **there), kForAll);
  return answer_later(site, request, poll, status, std::move(counts));
}

}  // namespace vote::api
