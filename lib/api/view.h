#pragma once
// What one viewer may see of a poll's results, and the page that shows it. Internal to api/.
#include <boost/asio/awaitable.hpp>
#include <optional>

#include "api/handlers.h"
#include "http/completed.h"

namespace vote::api {

struct View {
  PollCopy poll;
  PollStatus status = PollStatus::draft;
  bool for_all = false;  // else for this viewer, for as long as they may
  Scoreboard::Page page;
};

/// Whether all may see a poll's results. An open poll that hides them shows them to who has voted,
/// and to auditors and admins, who may read every vote in the audit log; its owner is a voter like
/// any.
bool is_public(const Poll& poll, PollStatus status);

/// not_found, results_hidden, unavailable.
boost::asio::awaitable<Result<View>> find_view(Site& site, PollId id,
                                               std::optional<Identity> viewer);

/// The counts that the cache has; nothing where they are known to be too old.
http::Started<std::optional<PollCounts>> ask_cache(Site& site, const Poll& poll);
/// The page with these counts, or with the store's.
boost::asio::awaitable<Result<Scoreboard::Page>> await_page(
    Site& site, PollCopy poll, PollStatus status, http::Started<std::optional<PollCounts>> counts);

}  // namespace vote::api
