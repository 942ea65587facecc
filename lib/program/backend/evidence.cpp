#include "program/backend/evidence.h"

#include <array>

#include "load/postgres/postgres_evidence.h"
#include "load/sqlite/sqlite_evidence.h"
#include "program/backend/backend.h"
#include "program/backend/sqlite_file.h"

namespace vote::program {
namespace {

struct Judged {
  std::string_view scheme;
  std::unique_ptr<load::Evidence> (*open)(const std::string& url);
};

std::unique_ptr<load::Evidence> open_sqlite_evidence(const std::string& url) {
  return std::make_unique<load::SqliteEvidence>(sqlite_path(url));
}

std::unique_ptr<load::Evidence> open_postgres_evidence(const std::string& url) {
  return std::make_unique<load::PostgresEvidence>(url);
}

constexpr std::array<Judged, 2> kStores{
    {{"sqlite", open_sqlite_evidence}, {"postgresql", open_postgres_evidence}}};

std::unique_ptr<load::Evidence> open_evidence(const Config& config) {
  const std::string& url = config.store.url;
  for (const Judged& store : kStores)
    if (url.starts_with(std::string(store.scheme) + ":")) try {
        return store.open(url);
      } catch (const sqlite::DatabaseError& error) {
        throw StorageError(error.what());
      } catch (const postgres::DatabaseError& error) {
        throw StorageError(error.what());
      }
  throw ConfigError("store.url is " + url + ", a store that --verify cannot read");
}

}  // namespace

load::Backends witnesses_of(const Config& config, const Clock& clock) {
  return {[&config] { return open_evidence(config); },
          [&config, &clock] { return open_queue(config, clock); }};
}

}  // namespace vote::program
