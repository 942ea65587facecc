#include "queue/kafka/client.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "log/log.h"

namespace vote::kafka {
namespace {

// What a user of [queue.kafka] may set otherwise.
const std::array<std::pair<const char*, const char*>, 14> kDefaults{{
    {"client.id", "vote"},
    {"check.crcs", "true"},
    // A frozen broker is given up, and one that is back is found, within the queue's 5 s.
    {"socket.timeout.ms", "3000"},
    {"socket.connection.setup.timeout.ms", "3000"},
    {"reconnect.backoff.ms", "100"},
    {"reconnect.backoff.max.ms", "1000"},
    {"socket.keepalive.enable", "true"},
    {"socket.nagle.disable", "true"},
    // A request is one partition's, and costs the broker as much as several votes: at 10,000
    // votes/s over 12 partitions, 5 ms make it one of four.
    {"linger.ms", "5"},
    // Else each vote that arrives ends a fetch, and the broker answers one of all partitions for
    // it.
    {"fetch.min.bytes", "100000"},
    {"fetch.wait.max.ms", "20"},
    // A worker that died, or cannot reach its store, gives its partitions up; one that joins is
    // noticed within a heartbeat.
    {"session.timeout.ms", "10000"},
    {"heartbeat.interval.ms", "1000"},
    {"max.poll.interval.ms", "60000"},
}};

void set(rd_kafka_conf_t& conf, const char* name, const std::string& value) {
  std::array<char, 512> words{};
  if (rd_kafka_conf_set(&conf, name, value.c_str(), words.data(), words.size()) != RD_KAFKA_CONF_OK)
    throw KafkaError(KafkaError::Kind::unusable, std::string(words.data()));
}

/// librdkafka repeats itself while a broker is away; what an operator must know is said once, by
/// who asks for something.
void note(const rd_kafka_t* /*client*/, int /*level*/, const char* facility, const char* words) {
  log::debug("librdkafka", {{"facility", facility}, {"reason", words}});
}

}  // namespace

Conf conf_of(const KafkaSettings& settings, Properties fixed) {
  Conf conf(rd_kafka_conf_new());
  for (const auto& [name, value] : kDefaults) set(*conf, name, value);
  for (const auto& [name, value] : settings.properties) set(*conf, name.c_str(), value);
  set(*conf, "bootstrap.servers", settings.brokers);
  for (const auto& [name, value] : fixed) set(*conf, name, value);
  rd_kafka_conf_set_log_cb(conf.get(), note);
  return conf;
}

Client client_of(rd_kafka_type_t type, Conf conf, const KafkaSettings& settings) {
  std::array<char, 512> words{};
  Client client(rd_kafka_new(type, conf.get(), words.data(), words.size()));
  if (!client)
    throw KafkaError(KafkaError::Kind::unusable, name_of(settings) + ": " + words.data() +
                                                     "; check [queue.kafka] in the configuration");
  (void)conf.release();  // librdkafka's from now on
  return client;
}

KafkaError error_of(rd_kafka_resp_err_t code, const std::string& what) {
  // A topic that is missing is none of them: metadata lags behind a topic that was just made, and
  // the watch says of one that is not there what to do.
  constexpr std::array kLasting{RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
                                RD_KAFKA_RESP_ERR_POLICY_VIOLATION,
                                RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED,
                                RD_KAFKA_RESP_ERR_INVALID_CONFIG,
                                RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
                                RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION,
                                RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR,
                                RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION,
                                RD_KAFKA_RESP_ERR_INVALID_REQUEST,
                                RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE};
  const bool lasting = std::find(kLasting.begin(), kLasting.end(), code) != kLasting.end();
  return {lasting ? KafkaError::Kind::unusable : KafkaError::Kind::unavailable,
          what + ": " + rd_kafka_err2str(code)};
}

int milliseconds(Duration duration) {
  return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(duration).count());
}

}  // namespace vote::kafka
