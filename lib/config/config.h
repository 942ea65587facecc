#pragma once
// The one configuration of all programs: defaults, then a TOML file, then VOTE_SECTION_KEY
// variables, then flags. An unknown key is an error that names file and line; a key whose meaning
// is not built yet refuses every value but its default.
// Plain values once loaded.
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vote/time.h"

namespace vote {

/// What [log] level may say; in the order of log::Level.
inline constexpr std::array<std::string_view, 6> kLogLevels{"trace", "debug", "info",
                                                            "warn",  "error", "off"};

struct Config {
  struct Store {
    std::string url = "sqlite:///var/lib/vote/vote.db";
    /// Of a replica, for what may lag behind: lists, logs, exports. Empty: the store itself.
    std::string read_url;
  } store;
  struct Queue {
    std::string url = "sqlite:///var/lib/vote/queue.db";
    std::string topic = "votes";
    std::string dead_letter_topic = "votes-dlq";
    std::uint32_t partitions = 12;
    /// [queue.kafka]: properties of librdkafka, by name, as they are written. Which there are, the
    /// program judges.
    std::map<std::string, std::string> kafka;
  } queue;
  struct Cache {
    std::string url = "memory:";
  } cache;
  struct Api {
    std::string listen = "127.0.0.1:8080";
    std::uint32_t threads = 0;  // 0: one a core
    /// IP addresses and networks whose word is taken for whom they forward.
    std::vector<std::string> trusted_proxies;
    /// Where they say it: "forwarded" (RFC 7239), "x-forwarded-for", or "either": whichever is
    /// there, and none of them where they disagree, for one may be the client's own.
    std::string forwarded_header = "either";
    std::string public_url;
    std::string tls_certificate;
    std::string tls_key;
    std::uint64_t max_body_bytes = 65536;
    std::string name;  // empty: the machine's name, a slash, and listen
    Duration lease = std::chrono::minutes(10);
    /// From the wish to stop until the port closes, for load balancers that ask /readyz meanwhile.
    Duration stop_delay = std::chrono::seconds(0);
  } api;
  struct Polls {
    Duration grace = std::chrono::seconds(5);
  } polls;
  struct Auth {
    std::string secret_file = "/etc/vote/secret";
    Duration token_ttl = std::chrono::hours(1);
    bool require_verified_email = false;
  } auth;
  /// 0 turns a limit off. Many voters may share one address (a school, an office, a mobile
  /// network): where they vote at once, allow their address more, or turn its limit off.
  struct Limits {
    std::uint32_t votes_per_ip_per_minute = 10;
    std::uint32_t polls_per_user_per_hour = 5;
    std::uint32_t votes_per_user_per_5_minutes = 20;
    std::uint32_t devices_per_user = 5;
  } limits;
  struct Worker {
    std::uint32_t batch_size = 2000;
    Duration batch_wait = std::chrono::milliseconds(10);
    std::uint32_t max_retries = 3;
  } worker;
  struct Log {
    std::string level = "info";
    std::string format = "json";
    std::string file;  // empty: stderr
  } log;
  struct Metrics {
    /// Where a daemon serves GET /metrics; each of one machine needs an address of its own. Empty:
    /// vote-api does at api.listen, the others do not.
    std::string listen;
  } metrics;
};

/// What is wrong with a configuration, where (file and line, variable or flag), and what to do.
class ConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct ConfigSources {
  /// -c FILE; empty: $XDG_CONFIG_HOME/vote/vote.toml (or ~/.config/…), else /etc/vote/vote.toml,
  /// else defaults alone. A file that was named must exist.
  std::string file;
  /// The environment as "NAME=value"; names that start with VOTE_ and are no key are an error,
  /// except the ones listed in config.cpp that clients use (VOTE_URL, VOTE_TOKEN).
  std::vector<std::string> environment;
  /// --set section.key=value, in order; flags of their own (--listen) come in here too.
  std::vector<std::pair<std::string, std::string>> overrides;
  /// What only the program can judge, such as which backends there are. Called with "store.url" or
  /// another key that was just set; answers what is wrong with its value ("must …"), or nothing.
  std::function<std::string(std::string_view key, const Config& config)> also_check;
};

/// Throws ConfigError.
Config load_config(const ConfigSources& sources);

/// The environment of this process, as ConfigSources takes it.
std::vector<std::string> process_environment();

/// The whole of it as TOML that load_config reads; passwords, in URLs and of [queue.kafka], shown
/// as
/// "***".
std::string to_toml(const Config& config);

}  // namespace vote
