#pragma once
// The routes (openapi.json): JSON in and out, and who may see what. Holds no rule of voting of its
// own: those are in vote/ and ingest/.
#include <memory>
#include <string>

#include "account/password.h"
#include "account/token.h"
#include "cache/cache.h"
#include "guard/client.h"
#include "guard/limits.h"
#include "http/router.h"
#include "ingest/ballots.h"
#include "ingest/poll_copies.h"
#include "metrics/registry.h"
#include "runtime/clock.h"
#include "runtime/stop.h"
#include "runtime/timers.h"
#include "store/store.h"

namespace vote {

/// What the routes stand on; owned by the caller, outlives the server.
struct ApiParts {
  Store& store;
  Cache& cache;
  Ballots& ballots;
  PollCopies& polls;
  Tokens& tokens;
  Passwords& passwords;
  const Limits& limits;
  const TrustedProxies& proxies;
  Timers& timers;
  const Clock& clock;
  const Stop& stop;  // once it is requested, this API is not ready any more
  Duration token_ttl = std::chrono::hours(1);
  std::string public_url;  // the origin of pages that may open sockets here, besides the server's
  const metrics::Registry* metrics = nullptr;  // null: no /metrics here
};

/// All routes of the API, on `parts`.
http::Router make_routes(const ApiParts& parts);

}  // namespace vote
