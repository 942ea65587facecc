// Results as they change: over server-sent events and over a WebSocket.
#include "http/watch.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "api/access.h"
#include "api/view.h"
#include "http/handshake.h"
#include "http/problem.h"

namespace vote::api {
namespace {

// Whoever may see what not all may see is asked again after that long: a vote can be revoked.
constexpr Duration kRightHoldsFor = std::chrono::minutes(1);
constexpr std::string_view kResultsProtocol = "vote.results";
constexpr std::string_view kTokenProtocol = "vote.token.";  // and the token behind it

using Awaited = boost::asio::awaitable<http::Response>;
using Viewer = std::optional<Credential>;

void limit_to_right(http::Watch& watch, const Credential& viewer, Time now) {
  const Duration token_left =
      std::max(viewer.expires_at, now) - now + std::chrono::duration_cast<Duration>(kTokenLeeway);
  watch.length_max = std::min(token_left, kRightHoldsFor);
  watch.at_length_max = token_left < kRightHoldsFor ? kTokenExpired : kAskAgain;
}

/// Whether a client that has come back has had the last event. A 204 tells an EventSource to stay
/// away (HTML standard, "Server-sent events"); else it would come back for ever.
bool has_had_all(const http::Request& request, const ResultsPage& page) {
  const std::string_view id = request.field("Last-Event-ID").value_or("");
  return page.final && id == std::string_view(page.etag).substr(1, page.etag.size() - 2);
}

Awaited begin(Site& site, const http::Request& request, Viewer viewer, http::Watch watch) {
  const auto view = co_await find_view(site, poll_id_of(request), viewer);
  if (!view) co_return refusal(view.error());
  if (watch.wire == http::Watch::Wire::event_stream && has_had_all(request, *view->page)) {
    http::Response nothing_more;
    nothing_more.status = 204;
    co_return nothing_more;
  }
  if (!view->for_all && viewer) limit_to_right(watch, *viewer, site.parts.polls.store_now());
  Live::Seat seat = site.live.join(view->poll->id, view->for_all, view->page);
  watch.subscription = std::move(seat.subscription);
  watch.first = std::move(seat.first);
  co_return http::watching(std::move(watch));
}

/// A browser cannot set a WebSocket's header fields: its token comes as a subprotocol.
const std::string* token_protocol(const http::Handshake& handshake) {
  const auto& offered = handshake.subprotocols;
  const auto found = std::find_if(offered.begin(), offered.end(), [](const std::string& name) {
    return name.starts_with(kTokenProtocol);
  });
  return found == offered.end() ? nullptr : &*found;
}

/// A browser that has offered some gives up unless one of them is chosen: where there is nothing
/// else, that is the token, which whoever reads the answer has sent.
std::string chosen_protocol(const http::Handshake& handshake) {
  const auto& offered = handshake.subprotocols;
  if (std::find(offered.begin(), offered.end(), kResultsProtocol) != offered.end())
    return std::string(kResultsProtocol);
  const std::string* token = token_protocol(handshake);
  return token == nullptr ? "" : *token;
}

Viewer viewer_of(const Site& site, const http::Request& request, const http::Handshake& handshake) {
  const std::string* token = token_protocol(handshake);
  if (token == nullptr || request.field("Authorization")) return credential_if_any(site, request);
  return credential_of(site, std::string_view(*token).substr(kTokenProtocol.size()));
}

}  // namespace

http::Answer stream_results(Site& site, http::Request& request) {
  return begin(site, request, credential_if_any(site, request), {});
}

http::Answer open_results_socket(Site& site, http::Request& request) {
  const http::Handshake handshake = http::handshake_of(request);
  if (!http::is_own_origin(request, site.parts.public_url))
    throw http::HttpError(
        http::problem(Error{Code::forbidden,
                            "a page of another origin may not open a socket here; [api] public_url "
                            "says which one may"}));
  http::Watch watch;
  watch.wire = http::Watch::Wire::websocket;
  watch.key = handshake.key;
  watch.subprotocol = chosen_protocol(handshake);
  return begin(site, request, viewer_of(site, request, handshake), std::move(watch));
}

}  // namespace vote::api
