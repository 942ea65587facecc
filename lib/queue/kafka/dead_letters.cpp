#include "queue/kafka/dead_letters.h"

#include <algorithm>
#include <charconv>
#include <future>

#include "queue/kafka/message.h"
#include "runtime/random.h"

namespace vote::kafka {
namespace {

// A letter's key says where it died; whose vote it is stands in a header.
constexpr std::string_view kVoterHeader = "x-voter";
constexpr std::string_view kRemovedHeader = "x-removed-id";
constexpr std::string_view kTokenHeader = "x-removal-id";

std::string find(const Headers& headers, std::string_view name) {
  const auto found = std::find_if(headers.begin(), headers.end(),
                                  [&](const auto& entry) { return entry.first == name; });
  return found == headers.end() ? "" : found->second;
}

/// "votes/3/17"; empty where the message does not say where it came from.
std::string origin_of(const Headers& headers) {
  std::string origin;
  for (const std::string_view part :
       {kOriginalTopicHeader, kOriginalPartitionHeader, kOriginalOffsetHeader}) {
    const std::string value = find(headers, part);
    if (value.empty()) return "";
    origin += (origin.empty() ? "" : "/") + value;
  }
  return origin;
}

DeadLetter letter_of(const rd_kafka_message_t& message) {
  DeadLetter letter;
  letter.id = message.offset + 1;
  letter.stamp = stamp_of(message).value_or(Time{});
  letter.message = {UserId{}, std::string(value_of(message)), headers_of(message)};
  letter.message.key = user_of(find(letter.message.headers, kVoterHeader));
  std::erase_if(letter.message.headers,
                [](const auto& entry) { return entry.first == kVoterHeader; });
  return letter;
}

}  // namespace

Record letter_record(const std::string& topic, const Message& message) {
  Record record{topic, 0, origin_of(message.headers), message.value, message.headers};
  record.headers.emplace_back(kVoterHeader, message.key.text());
  return record;
}

DeadLetters::DeadLetters(const KafkaSettings& settings, const Cluster& cluster, Producer& producer)
    : settings_(settings), cluster_(cluster), producer_(producer) {}

std::size_t DeadLetters::count() {
  read_new();
  return ids_.size();
}

void DeadLetters::read_new() {
  const Cluster::Ends log = cluster_.ends(settings_.dead_letter_topic, 1).at(0);
  const bool is_another_log = log.end < next_;
  forget_up_to(is_another_log ? next_ : log.first);
  next_ = is_another_log ? log.first : std::max(next_, log.first);
  read_up_to(log.end);
}

/// Letters that are not in the log any more.
void DeadLetters::forget_up_to(std::int64_t first) {
  for (auto letter = ids_.begin(); letter != ids_.end() && letter->first <= first;) {
    identities_.erase(letter->second);
    letter = ids_.erase(letter);
  }
}

void DeadLetters::move_to(std::int64_t offset) {
  if (reader_at_ == offset) return;
  if (!reader_) reader_ = std::make_unique<LogReader>(settings_, settings_.dead_letter_topic);
  reader_at_ = -1;
  reader_->start({{0, offset}});
  reader_at_ = offset;
}

/// A reader at the end of the log would ask for more all the time.
void DeadLetters::rest() {
  reader_->stop();
  reader_at_ = -1;
}

void DeadLetters::read_up_to(std::int64_t end) {
  if (next_ >= end) return;
  move_to(next_);
  try {
    while (next_ < end) {
      const MessageHandle message = reader_->next();
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        note(*message);
        next_ = message->offset + 1;
      } else {
        next_ = std::max(next_, message->offset);  // the end; markers of transactions are nothing
      }
    }
  } catch (const KafkaError&) {
    rest();
    throw;
  }
  rest();
}

void DeadLetters::note(const rd_kafka_message_t& message) {
  if (message.payload != nullptr) return note_letter(message);
  const Headers headers = headers_of(message);
  const std::string text = find(headers, kRemovedHeader);
  std::int64_t id = 0;
  std::from_chars(text.data(), text.data() + text.size(), id);
  const auto letter = ids_.find(id);
  if (letter == ids_.end()) return;
  identities_.erase(letter->second);
  ids_.erase(letter);
  // A removal that librdkafka has sent twice is the same one.
  const std::string token = find(headers, kTokenHeader);
  if (awaited_.contains(token)) removals_.insert(token);
}

void DeadLetters::note_letter(const rd_kafka_message_t& message) {
  const std::string_view origin = key_of(message);
  std::string identity;
  if (!origin.empty())
    identity = std::string(origin) + " " + std::to_string(message_digest(value_of(message)));
  if (!identity.empty() && !identities_.insert(identity).second) return;
  ids_.emplace(message.offset + 1, std::move(identity));
}

std::vector<DeadLetter> DeadLetters::list(std::int64_t after, std::size_t limit) {
  read_new();
  std::vector<DeadLetter> letters;
  auto wanted = ids_.upper_bound(after);
  if (wanted == ids_.end() || limit == 0) return letters;
  move_to(wanted->first - 1);
  reader_at_ = -1;  // unless this ends well
  std::int64_t at = 0;
  while (wanted != ids_.end() && letters.size() < limit) {
    const MessageHandle message = reader_->next();
    at = message->offset;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) break;
    ++at;
    wanted = ids_.lower_bound(std::max(at, after + 1));
    if (wanted == ids_.end() || wanted->first != at) continue;
    letters.push_back(letter_of(*message));
    ++wanted;
  }
  if (wanted == ids_.end())
    rest();
  else
    reader_at_ = at;  // where the next page begins
  return letters;
}

Record DeadLetters::removal_record(std::int64_t id, const std::string& token) const {
  return {settings_.dead_letter_topic,
          0,
          "",
          std::nullopt,
          {{std::string(kRemovedHeader), std::to_string(id)}, {std::string(kTokenHeader), token}}};
}

std::vector<Result<bool>> DeadLetters::remove(const std::vector<std::int64_t>& ids) {
  const bool all_known =
      std::all_of(ids.begin(), ids.end(), [this](std::int64_t id) { return ids_.contains(id); });
  if (!all_known) read_new();
  struct Removal {
    std::string token;
    std::future<AppendResult> appended;
  };
  std::vector<std::optional<Removal>> removals(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (!ids_.contains(ids[i])) continue;
    auto promise = std::make_shared<std::promise<AppendResult>>();
    removals[i] = Removal{fresh_uuid(SystemClock()).text(), promise->get_future()};
    awaited_.insert(removals[i]->token);
    producer_.send(removal_record(ids[i], removals[i]->token),
                   [promise](AppendResult result) { promise->set_value(std::move(result)); });
  }
  std::vector<Result<bool>> removed(ids.size(), Result<bool>(false));
  std::int64_t end = next_;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (!removals[i]) continue;
    const AppendResult result = removals[i]->appended.get();
    if (const auto* failure = std::get_if<AppendFailure>(&result))
      removed[i] =
          Error{Code::unavailable, "the queue does not answer now: try again", failure->detail};
    else
      end = std::max(end, std::get<Appended>(result).offset + 1);
  }
  try {
    read_up_to(end);
  } catch (const KafkaError&) {
    awaited_.clear();
    removals_.clear();
    throw;
  }
  for (std::size_t i = 0; i < ids.size(); ++i)
    if (removals[i] && removed[i]) removed[i] = removals_.contains(removals[i]->token);
  awaited_.clear();
  removals_.clear();
  return removed;
}

}  // namespace vote::kafka
