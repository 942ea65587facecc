#pragma once
// Messages as Kafka carries them: the voter's id as text for a key, values and headers as they are.
// Internal to queue/kafka/. Pure.
#include <optional>
#include <string>
#include <string_view>

#include "queue/kafka/handles.h"
#include "queue/queue.h"

namespace vote::kafka {

HeadersHandle handle_of(const Headers& headers);
Headers headers_of(const rd_kafka_message_t& message);

std::string_view value_of(const rd_kafka_message_t& message);  // as long as the message
std::string_view key_of(const rd_kafka_message_t& message);
/// A nil id where the key is none.
UserId user_of(std::string_view key);

/// When the broker appended it; nothing where the stamp is its sender's.
std::optional<Time> stamp_of(const rd_kafka_message_t& message);

/// A message of the votes' topic, which the broker has stamped.
Delivered delivered_of(const rd_kafka_message_t& message, Time stamp);

}  // namespace vote::kafka
