#pragma once
// Clients of librdkafka, made from the settings. Internal to queue/kafka/.
#include <initializer_list>
#include <utility>

#include "queue/kafka/handles.h"
#include "queue/kafka/settings.h"

namespace vote::kafka {

using Properties = std::initializer_list<std::pair<const char*, std::string>>;

/// The house's defaults, the settings' properties, then `fixed`. Its words go to the log. Throws
/// KafkaError (unusable).
Conf conf_of(const KafkaSettings& settings, Properties fixed);

/// Throws KafkaError (unusable) where the properties do not go together.
Client client_of(rd_kafka_type_t type, Conf conf, const KafkaSettings& settings);

/// `unavailable` for what passes (no broker, no leader, a timeout), else `unusable`.
KafkaError error_of(rd_kafka_resp_err_t code, const std::string& what);

/// For librdkafka's calls; at least a millisecond where it is not zero.
int milliseconds(Duration duration);

}  // namespace vote::kafka
