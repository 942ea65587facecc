#include "config/keys.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <type_traits>

#include "config/address.h"
#include "config/network.h"
#include "config/origin.h"

namespace vote {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr std::uint32_t kThreadsMax = 256;
constexpr std::uint64_t kBodyBytesMin = 1024;
constexpr std::uint64_t kBodyBytesMax = 16'777'216;
constexpr std::size_t kNameBytesMax = 255;
constexpr std::size_t kTopicBytesMax = 249;  // as Kafka has it
constexpr std::uint32_t kPartitionsMax = 1000;
constexpr Duration kStopDelayMax = seconds(20);  // service managers do not wait for ever
constexpr std::uint32_t kBatchSizeMax = 100'000;
constexpr std::uint32_t kRetriesMax = 100;
constexpr std::uint32_t kRateMax = 10'000'000;  // of votes or polls in a limit's period
constexpr std::uint32_t kDevicesMax = 1000;
constexpr std::size_t kProxiesMax = 1000;
constexpr std::array<std::string_view, 2> kLogFormats{"json", "text"};
constexpr std::array<std::string_view, 3> kForwardedHeaders{"either", "forwarded",
                                                            "x-forwarded-for"};

template <class T>
using Check = std::function<std::string(const T&)>;

/// A section, and where it stands in Config.
template <class Part>
struct Section {
  std::string_view name;
  Part Config::*part;
};
template <class Part>
Section(std::string_view, Part Config::*) -> Section<Part>;

template <class Part, class T>
Key key(Section<Part> section, std::string_view name, T Part::*field,
        std::type_identity_t<Check<T>> check = nullptr) {
  return {
      std::string(section.name), std::string(name),
      Setting<T>{[part = section.part, field](Config& config) -> T& { return config.*part.*field; },
                 std::move(check)}};
}

template <class T>
Check<T> between(T least, T most) {
  return [least, most](const T& value) -> std::string {
    if (least <= value && value <= most) return "";
    return "must be from " + to_toml(least) + " to " + to_toml(most);
  };
}

template <std::size_t N>
Check<std::string> one_of(const std::array<std::string_view, N>& words) {
  return [words](const std::string& value) -> std::string {
    if (std::find(words.begin(), words.end(), value) != words.end()) return "";
    std::string list;
    for (const std::string_view word : words)
      list += (list.empty() ? "" : ", ") + std::string(word);
    return "must be one of " + list;
  };
}

std::string check_address(const std::string& value) {
  return parse_address(value) ? "" : "must be host:port, such as 127.0.0.1:8080 or [::1]:8080";
}

std::string check_address_if_any(const std::string& value) {
  return value.empty() ? "" : check_address(value);
}

std::string check_public_url(const std::string& value) {
  return value.empty() || parse_origin(value)
             ? ""
             : "must be http://host:port or https://host:port, without a path";
}

std::string check_topic(const std::string& value) {
  const auto allowed = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-';
  };
  if (!value.empty() && value.size() <= kTopicBytesMax &&
      std::all_of(value.begin(), value.end(), allowed))
    return "";
  return "must have 1 to 249 letters, digits, '.', '_' and '-'";
}

std::string check_not_empty(const std::string& value) {
  return value.empty() ? "must not be empty" : "";
}

std::string check_name(const std::string& value) {
  const bool plain = std::none_of(value.begin(), value.end(),
                                  [](unsigned char c) { return std::iscntrl(c) != 0; });
  return plain && value.size() <= kNameBytesMax ? "" : "must be at most 255 plain characters";
}

std::string check_proxies(const std::vector<std::string>& value) {
  if (value.size() > kProxiesMax) return "must have at most 1000 entries";
  const bool known = std::all_of(value.begin(), value.end(), [](const std::string& text) {
    return Network::parse(text).has_value();
  });
  return known ? "" : "must be IP addresses and networks such as 192.0.2.7, 10.0.0.0/8 or fd00::/8";
}

/// Its meaning is not built yet: what would be ignored is refused.
template <class Part, class T>
Key default_only(Section<Part> section, std::string_view name, T Part::*field,
                 std::string_view reason) {
  const T expected = Part().*field;
  return key(section, name, field, [expected, reason](const T& value) -> std::string {
    if (value == expected) return "";
    return "must be " + to_toml(expected) + " for now: " + std::string(reason);
  });
}

std::vector<Key> all_keys() {
  using C = Config;
  constexpr Section store{"store", &C::store};
  constexpr Section queue{"queue", &C::queue};
  constexpr Section cache{"cache", &C::cache};
  constexpr Section api{"api", &C::api};
  constexpr Section polls{"polls", &C::polls};
  constexpr Section auth{"auth", &C::auth};
  constexpr Section limits{"limits", &C::limits};
  constexpr Section worker{"worker", &C::worker};
  constexpr Section log{"log", &C::log};
  constexpr Section metrics{"metrics", &C::metrics};
  const Check<std::uint32_t> rate = between(0U, kRateMax);
  constexpr std::string_view kNoTls = "TLS is not built yet; put a proxy that speaks it in front";
  return {
      key(store, "url", &C::Store::url),
      key(store, "read_url", &C::Store::read_url),
      key(queue, "url", &C::Queue::url),
      key(queue, "topic", &C::Queue::topic, check_topic),
      key(queue, "dead_letter_topic", &C::Queue::dead_letter_topic, check_topic),
      key(queue, "partitions", &C::Queue::partitions, between(1U, kPartitionsMax)),
      key(cache, "url", &C::Cache::url),
      key(api, "listen", &C::Api::listen, check_address),
      key(api, "threads", &C::Api::threads, between(0U, kThreadsMax)),
      key(api, "trusted_proxies", &C::Api::trusted_proxies, check_proxies),
      key(api, "forwarded_header", &C::Api::forwarded_header, one_of(kForwardedHeaders)),
      key(api, "public_url", &C::Api::public_url, check_public_url),
      default_only(api, "tls_certificate", &C::Api::tls_certificate, kNoTls),
      default_only(api, "tls_key", &C::Api::tls_key, kNoTls),
      key(api, "max_body_bytes", &C::Api::max_body_bytes, between(kBodyBytesMin, kBodyBytesMax)),
      key(api, "name", &C::Api::name, check_name),
      key(api, "lease", &C::Api::lease, between<Duration>(seconds(5), hours(24))),
      key(api, "stop_delay", &C::Api::stop_delay, between<Duration>(seconds(0), kStopDelayMax)),
      key(polls, "grace", &C::Polls::grace, between<Duration>(seconds(0), hours(1))),
      key(auth, "secret_file", &C::Auth::secret_file, check_not_empty),
      key(auth, "token_ttl", &C::Auth::token_ttl, between<Duration>(seconds(1), hours(24 * 366))),
      key(auth, "require_verified_email", &C::Auth::require_verified_email),
      key(limits, "votes_per_ip_per_minute", &C::Limits::votes_per_ip_per_minute, rate),
      key(limits, "polls_per_user_per_hour", &C::Limits::polls_per_user_per_hour, rate),
      key(limits, "votes_per_user_per_5_minutes", &C::Limits::votes_per_user_per_5_minutes, rate),
      key(limits, "devices_per_user", &C::Limits::devices_per_user, between(0U, kDevicesMax)),
      key(worker, "batch_size", &C::Worker::batch_size, between(1U, kBatchSizeMax)),
      key(worker, "batch_wait", &C::Worker::batch_wait, between<Duration>(seconds(0), seconds(10))),
      key(worker, "max_retries", &C::Worker::max_retries, between(0U, kRetriesMax)),
      key(log, "level", &C::Log::level, one_of(kLogLevels)),
      key(log, "format", &C::Log::format, one_of(kLogFormats)),
      key(log, "file", &C::Log::file),
      key(metrics, "listen", &C::Metrics::listen, check_address_if_any),
  };
}

/// Of librdkafka's properties, those that hold passwords or keys.
bool is_secret(std::string_view property) {
  constexpr std::array<std::string_view, 4> kParts{"password", "secret", "ssl.key.pem",
                                                   "sasl.oauthbearer.config"};
  return std::any_of(kParts.begin(), kParts.end(), [&](std::string_view part) {
    return property.find(part) != std::string_view::npos;
  });
}

Key kafka_key(const std::string& property) {
  return {"queue.kafka", property,
          Setting<std::string>{
              [property](Config& config) -> std::string& { return config.queue.kafka[property]; },
              nullptr},
          is_secret(property)};
}

template <class T>
std::string set_field(const Setting<T>& setting, Config& config, const Value& value) {
  std::optional<T> read = read_value<T>(value);
  if (!read) return "must be " + kind_of_value<T>();
  if (setting.check)
    if (std::string wrong = setting.check(*read); !wrong.empty())
      return wrong + ", not " + to_toml(*read);
  setting.field(config) = std::move(*read);
  return "";
}

}  // namespace

std::string Key::variable() const {
  std::string variable = "VOTE_" + section + '_' + name;
  for (char& c : variable) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return variable;
}

std::string Key::set(Config& config, const Value& value) const {
  return std::visit([&](const auto& one) { return set_field(one, config, value); }, setting);
}

std::string Key::show(const Config& config) const {
  if (is_secret) return R"("***")";
  Config copy = config;
  return std::visit([&copy](const auto& one) { return to_toml(one.field(copy)); }, setting);
}

std::span<const Key> keys() {
  static const std::vector<Key> the_keys = all_keys();
  return the_keys;
}

std::optional<Key> find_key(std::string_view section, std::string_view name) {
  constexpr std::string_view kHandedThrough = "kafka.";
  if (section == "queue" && name.starts_with(kHandedThrough))
    return kafka_key(std::string(name.substr(kHandedThrough.size())));
  for (const Key& key : keys())
    if (key.section == section && key.name == name) return key;
  return std::nullopt;
}

std::vector<Key> kafka_keys(const Config& config) {
  std::vector<Key> found;
  for (const auto& [property, value] : config.queue.kafka) found.push_back(kafka_key(property));
  return found;
}

}  // namespace vote
