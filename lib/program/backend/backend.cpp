#include "program/backend/backend.h"

#include <array>

#include "cache/memory/memory_cache.h"
#include "cache/redis/redis_cache.h"
#include "cache/redis/url.h"
#include "postgres/connection.h"
#include "program/backend/kafka_brokers.h"
#include "program/backend/postgres_server.h"
#include "program/backend/sqlite_file.h"
#include "queue/kafka/kafka_queue.h"
#include "queue/none/no_queue.h"
#include "queue/sqlite/sqlite_queue.h"
#include "sqlite/database.h"
#include "store/postgres/postgres_store.h"
#include "store/sqlite/sqlite_store.h"

namespace vote::program {
namespace {

/// What brings a part's schema up to date, where its backend has one.
struct Schema {
  command::SchemaReport (*status)(const std::string& part, const std::string& url);
  command::SchemaReport (*migrate)(const std::string& part, const std::string& url);
  void (*migrate_empty)(const std::string& part, const std::string& url);
};
constexpr Schema kSqliteSchema{sqlite_status, sqlite_migrate, sqlite_migrate_empty};
constexpr Schema kPostgresSchema{postgres_status, postgres_migrate, postgres_migrate_empty};

template <class Port>
struct Backend {
  std::string_view scheme;
  std::string_view example;
  std::string (*defect)(const std::string& url);
  std::unique_ptr<Port> (*open)(const Config& config, const Clock& clock);
  const Schema* schema;  // null: it has none
};

std::unique_ptr<Store> open_sqlite_store(const Config& config, const Clock& clock) {
  return std::make_unique<SqliteStore>(sqlite_path(config.store.url), clock, config.polls.grace);
}

std::unique_ptr<Store> open_postgres_store(const Config& config, const Clock& /*its own*/) {
  return std::make_unique<PostgresStore>(
      PostgresStore::Settings{config.store.url, config.store.read_url, config.polls.grace});
}

std::unique_ptr<Queue> open_sqlite_queue(const Config& config, const Clock& clock) {
  return std::make_unique<SqliteQueue>(sqlite_path(config.queue.url), config.queue.topic, clock);
}

std::unique_ptr<Queue> open_no_queue(const Config& /*config*/, const Clock& /*clock*/) {
  return std::make_unique<NoQueue>();
}

std::string no_queue_defect(const std::string& url) {
  return url == "none" ? "" : "must be \"none\" alone";
}

std::unique_ptr<Queue> open_kafka_queue(const Config& config, const Clock& /*the brokers'*/) {
  return std::make_unique<KafkaQueue>(kafka_settings(config));
}

std::unique_ptr<Cache> open_memory_cache(const Config& /*config*/, const Clock& clock) {
  return std::make_unique<MemoryCache>(clock);
}

std::unique_ptr<Cache> open_redis_cache(const Config& config, const Clock& clock) {
  try {
    return std::make_unique<RedisCache>(config.cache.url, clock);
  } catch (const std::invalid_argument& error) {
    throw ConfigError(std::string("cache.url: ") + error.what());
  }
}

std::string memory_url_defect(const std::string& url) {
  return url == "memory:" ? "" : "must be \"memory:\" alone";
}

constexpr std::array<Backend<Store>, 2> kStores{
    {{"sqlite", "sqlite:///var/lib/vote/vote.db", sqlite_url_defect, open_sqlite_store,
      &kSqliteSchema},
     {"postgresql", "postgresql://vote_api@db.example.org/vote", postgres::url_defect,
      open_postgres_store, &kPostgresSchema}}};
constexpr std::array<Backend<Queue>, 3> kQueues{
    {{"sqlite", "sqlite:///var/lib/vote/queue.db", sqlite_url_defect, open_sqlite_queue,
      &kSqliteSchema},
     {"kafka", "kafka://kafka.example.org:9092", kafka_url_defect, open_kafka_queue, nullptr},
     {"none", "none", no_queue_defect, open_no_queue, nullptr}}};
constexpr std::array<Backend<Cache>, 3> kCaches{
    {{"memory", "memory:", memory_url_defect, open_memory_cache, nullptr},
     {"redis", "redis://host:6379", redis_url_defect, open_redis_cache, nullptr},
     {"rediss", "rediss://host:6379", redis_url_defect, open_redis_cache, nullptr}}};

std::string scheme_of(const std::string& url) {
  return url.substr(0, url.find(':'));
}

/// Null: nobody knows the scheme.
template <class Backends>
const auto* find(const Backends& backends, const std::string& url) {
  for (const auto& backend : backends)
    if (backend.scheme == scheme_of(url)) return &backend;
  return static_cast<decltype(&backends.front())>(nullptr);
}

template <class Backends>
std::string defect(const Backends& backends, const std::string& url) {
  if (const auto* backend = find(backends, url)) return backend->defect(url);
  std::string known;
  for (const auto& backend : backends)
    known += (known.empty() ? "" : " or ") + std::string(backend.example);
  return "must be like " + known + "; there is no backend " + scheme_of(url);
}

/// Runs it with a database's error turned into the program's.
template <class Run>
auto or_storage_error(Run run) {
  try {
    return run();
  } catch (const sqlite::DatabaseError& error) {
    throw StorageError(error.what());
  } catch (const postgres::DatabaseError& error) {
    throw StorageError(error.what());
  } catch (const KafkaError& error) {
    throw StorageError(error.what());
  }
}

template <class Backends>
auto open(const Backends& backends, const std::string& url, const Config& config,
          const Clock& clock) {
  const auto* backend = find(backends, url);
  if (backend == nullptr) throw ConfigError(defect(backends, url));
  return or_storage_error([&] { return backend->open(config, clock); });
}

/// A part that has a schema.
struct Part {
  std::string name;
  std::string url;
  const Schema* schema;
};
std::vector<Part> parts_with_schema(const Config& config) {
  std::vector<Part> parts;
  if (const auto* store = find(kStores, config.store.url); store != nullptr && store->schema)
    parts.push_back({"store", config.store.url, store->schema});
  if (const auto* queue = find(kQueues, config.queue.url); queue != nullptr && queue->schema)
    parts.push_back({"queue", config.queue.url, queue->schema});
  return parts;
}

/// On the part of that name, or on every one where it is empty.
std::vector<command::SchemaReport> on_schemas(
    const Config& config, const std::string& part,
    command::SchemaReport (*Schema::*step)(const std::string&, const std::string&)) {
  std::vector<command::SchemaReport> reports;
  for (const Part& one : parts_with_schema(config))
    if (part.empty() || part == one.name)
      reports.push_back(or_storage_error([&] { return (one.schema->*step)(one.name, one.url); }));
  return reports;
}

/// Of a store that can have a replica, its URL; of others only an empty one.
std::string replica_defect(const Config& config) {
  const std::string& url = config.store.read_url;
  if (url.empty()) return "";
  if (scheme_of(config.store.url) == "sqlite")
    return "must be empty: an SQLite store has no replicas";
  if (scheme_of(url) != scheme_of(config.store.url))
    return "must be a replica of store.url, " + scheme_of(config.store.url) + "://…";
  return defect(kStores, url);
}

/// Kafka's; a queue elsewhere has none.
std::vector<std::string> make_topics(const Config& config) {
  if (scheme_of(config.queue.url) != "kafka") return {};
  return or_storage_error([&] { return kafka_make_topics(config); });
}

}  // namespace

std::string url_defect(std::string_view key, const Config& config) {
  if (key == "store.url") return defect(kStores, config.store.url);
  if (key == "queue.url") return defect(kQueues, config.queue.url);
  if (key == "cache.url") return defect(kCaches, config.cache.url);
  return kafka_key_defect(key, config);
}

void check_urls(const Config& config) {
  for (const std::string key : {"store.url", "queue.url", "cache.url"})
    if (const std::string wrong = url_defect(key, config); !wrong.empty())
      throw ConfigError(std::string(key).append(" ").append(wrong));
  // Not as it is set: what it may be depends on store.url, wherever that is said.
  if (const std::string wrong = replica_defect(config); !wrong.empty())
    throw ConfigError("store.read_url " + wrong);
  if (config.queue.dead_letter_topic == config.queue.topic)
    throw ConfigError("queue.dead_letter_topic must not be queue.topic, " + config.queue.topic +
                      ": give each a topic of its own");
  if (scheme_of(config.store.url) == "sqlite" && scheme_of(config.queue.url) == "sqlite" &&
      is_same_file(sqlite_path(config.store.url), sqlite_path(config.queue.url)))
    throw ConfigError("store.url and queue.url name the same file, " +
                      sqlite_path(config.store.url) + ": give each a file of its own");
}

std::unique_ptr<Store> open_store(const Config& config, const Clock& clock) {
  return open(kStores, config.store.url, config, clock);
}

std::unique_ptr<Queue> open_queue(const Config& config, const Clock& clock) {
  return open(kQueues, config.queue.url, config, clock);
}

std::unique_ptr<Cache> open_cache(const Config& config, const Clock& clock) {
  return open(kCaches, config.cache.url, config, clock);
}

void migrate_empty(const Config& config) {
  for (const Part& part : parts_with_schema(config))
    or_storage_error([&] { part.schema->migrate_empty(part.name, part.url); });
}

command::Backends backends_of(const Config& config, const Clock& clock) {
  return {[&config, &clock] { return open_store(config, clock); },
          [&config, &clock] { return open_queue(config, clock); },
          [&config] { return on_schemas(config, "", &Schema::status); },
          [&config](const std::string& part) { return on_schemas(config, part, &Schema::migrate); },
          [&config] { return make_topics(config); }};
}

}  // namespace vote::program
