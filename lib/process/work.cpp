#include "process/work.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

namespace vote {
namespace {

constexpr std::size_t kCutErrorBytesMax = 1'000;

/// As ids_of_message reads them.
std::string to_text(const MessageIds& ids) {
  nlohmann::json text = nlohmann::json::object();
  if (ids.poll) text["poll_id"] = ids.poll->text();
  if (ids.voter) text["user_id"] = ids.voter->text();
  if (ids.request) text["request_id"] = ids.request->text();
  return text.dump();
}

const std::string* find_header(const Headers& headers, std::string_view header) {
  for (const auto& [key, value] : headers)
    if (key == header) return &value;
  return nullptr;
}

void set_header(Headers& headers, std::string_view header, std::string value) {
  std::erase_if(headers, [&](const auto& entry) { return entry.first == header; });
  headers.emplace_back(header, std::move(value));
}

std::uint32_t retries_of(const Headers& headers) {
  std::uint32_t retries = 0;
  if (const std::string* text = find_header(headers, kRetryCountHeader))
    std::from_chars(text->data(), text->data() + text->size(), retries);
  return retries;
}

/// A message that goes round again keeps the stamp of its first copy, by which it is in time.
Time first_stamp_of(const Delivered& delivered) {
  if (const std::string* text = find_header(delivered.message.headers, kFirstStampHeader))
    if (const auto stamp = parse_time(*text)) return std::min(*stamp, delivered.stamp);
  return delivered.stamp;
}

}  // namespace

Worker::Work Worker::Work::of(Delivered message) {
  Work work;
  work.stamp = first_stamp_of(message);
  work.retries = retries_of(message.message.headers);
  work.delivered = std::move(message);
  Result<QueueMessage> read = parse_message(work.delivered.message.value);
  if (!read) {
    work.fate = Fate::dead;
    work.reason = "malformed: " + read.error().detail;
    work.cause = DeathCause::malformed;
  } else if (const auto* close = std::get_if<ClosePoll>(&*read)) {
    work.fate = Fate::close;
    work.vote.poll = close->poll;
  } else {
    work.vote = std::move(std::get<CastVote>(*read));
  }
  return work;
}

Message Worker::Work::another_round() const {
  Message message = delivered.message;
  set_header(message.headers, kRetryCountHeader, std::to_string(retries + 1));
  set_header(message.headers, kFirstStampHeader, to_text(stamp));
  return message;
}

void Worker::Work::note_death(Headers& headers, const std::string& topic) const {
  set_header(headers, kErrorHeader, reason);
  set_header(headers, kFirstStampHeader, to_text(stamp));
  set_header(headers, kOriginalTopicHeader, topic);
  set_header(headers, kOriginalPartitionHeader, std::to_string(delivered.partition));
  set_header(headers, kOriginalOffsetHeader, std::to_string(delivered.offset));
}

Message Worker::Work::dead_letter(const std::string& topic) const {
  Message message = delivered.message;
  for (const std::string_view of_a_cut_one :
       {kTruncatedHeader, kOriginalDigestHeader, kOriginalIdsHeader})
    std::erase_if(message.headers, [&](const auto& entry) { return entry.first == of_a_cut_one; });
  note_death(message.headers, topic);
  return message;
}

Message Worker::Work::cut_dead_letter(const std::string& topic, std::size_t value_bytes) const {
  const std::string& whole = delivered.message.value;
  Message message{delivered.message.key, whole.substr(0, value_bytes), {}};
  note_death(message.headers, topic);
  set_header(message.headers, kErrorHeader, reason.substr(0, kCutErrorBytesMax));
  set_header(message.headers, kTruncatedHeader, std::to_string(whole.size()));
  set_header(message.headers, kOriginalDigestHeader, std::to_string(message_digest(whole)));
  set_header(message.headers, kOriginalIdsHeader, to_text(ids_of_message(whole)));
  return message;
}

}  // namespace vote
