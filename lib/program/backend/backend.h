#pragma once
// The only place that names a concrete backend: a table from a URL's scheme to its maker.
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "cache/cache.h"
#include "command/backends.h"
#include "config/config.h"
#include "queue/queue.h"
#include "runtime/clock.h"
#include "store/store.h"

namespace vote::program {

/// A store or queue that cannot be used: which, why, what to do. Exit code `storage`.
class StorageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What is wrong with the URL under "store.url", "queue.url" or "cache.url" ("must …"): no known
/// scheme, or it does not parse; or with a property that [queue.kafka] hands through. Empty:
/// nothing, or another key. Opens nothing.
std::string url_defect(std::string_view key, const Config& config);
/// Throws ConfigError for any such defect, and where store and queue are one file; opens nothing.
void check_urls(const Config& config);

// Each opens what the configuration names; throws StorageError.
std::unique_ptr<Store> open_store(const Config& config, const Clock& clock);
std::unique_ptr<Queue> open_queue(const Config& config, const Clock& clock);
std::unique_ptr<Cache> open_cache(const Config& config, const Clock& clock);

/// Brings store and queue up to date where they are empty (said in the log); one that holds an
/// older schema is left for `votectl db migrate` and refused by open_*.
void migrate_empty(const Config& config);

/// For votectl.
command::Backends backends_of(const Config& config, const Clock& clock);

}  // namespace vote::program
