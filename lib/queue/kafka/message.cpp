#include "queue/kafka/message.h"

namespace vote::kafka {

HeadersHandle handle_of(const Headers& headers) {
  HeadersHandle handle(rd_kafka_headers_new(headers.size()));
  for (const auto& [name, value] : headers)
    rd_kafka_header_add(handle.get(), name.data(), static_cast<ssize_t>(name.size()), value.data(),
                        static_cast<ssize_t>(value.size()));
  return handle;
}

Headers headers_of(const rd_kafka_message_t& message) {
  Headers headers;
  rd_kafka_headers_t* held = nullptr;  // the message's
  if (rd_kafka_message_headers(&message, &held) != RD_KAFKA_RESP_ERR_NO_ERROR) return headers;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(held, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i)
    headers.emplace_back(name, std::string(static_cast<const char*>(value), size));
  return headers;
}

std::string_view value_of(const rd_kafka_message_t& message) {
  return {static_cast<const char*>(message.payload), message.len};
}

std::string_view key_of(const rd_kafka_message_t& message) {
  return {static_cast<const char*>(message.key), message.key_len};
}

UserId user_of(std::string_view key) {
  return UserId::parse(key).value_or(UserId{});
}

std::optional<Time> stamp_of(const rd_kafka_message_t& message) {
  rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  const std::int64_t stamp_ms = rd_kafka_message_timestamp(&message, &type);
  if (type != RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME) return std::nullopt;
  return Time(std::chrono::milliseconds(stamp_ms));
}

Delivered delivered_of(const rd_kafka_message_t& message, Time stamp) {
  return {message.partition, message.offset, stamp,
          Message{user_of(key_of(message)), std::string(value_of(message)), headers_of(message)}};
}

}  // namespace vote::kafka
