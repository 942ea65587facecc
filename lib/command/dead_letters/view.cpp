#include "command/dead_letters/view.h"

#include <sodium.h>

#include <nlohmann/json.hpp>

namespace vote::command {
namespace {

using Json = nlohmann::ordered_json;

std::string dumped(const Json& object) {
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

template <class SomeId>
Json or_null(const std::optional<SomeId>& id) {
  return id ? Json(id->text()) : Json();
}
Json or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}
Json number_or_null(const std::string& digits) {
  const Json number = Json::parse(digits, nullptr, false);
  return number.is_number_unsigned() ? number : Json();
}

template <class SomeId>
std::string text_of(const std::optional<SomeId>& id) {
  return id ? id->text() : "";
}

Json summary_of(const BuriedVote& vote) {
  return {{"id", vote.letter.id},
          {"stamp", to_text(vote.letter.stamp)},
          {"reason", or_null(vote.reason)},
          {"error", or_null(vote.error)},
          {"poll_id", or_null(vote.ids.poll)},
          {"user_id", or_null(vote.ids.voter)},
          {"request_id", or_null(vote.ids.request)},
          {"topic", or_null(vote.topic)},
          {"partition", number_or_null(vote.partition)},
          {"offset", number_or_null(vote.offset)},
          {"first_stamp", or_null(vote.first_stamp)}};
}

std::string base64(const std::string& bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();  // sodium ends it with a NUL
  return text;
}

bool is_utf8(const std::string& bytes) try {
  (void)Json(bytes).dump();
  return true;
} catch (const Json::type_error&) {
  return false;
}

Table empty_table() {
  return Table(
      {{"ID", Side::right}, {"STAMP"}, {"REASON"}, {"POLL"}, {"VOTER"}, {"REQUEST"}, {"FROM"}});
}

}  // namespace

std::string summary_json(const BuriedVote& vote) {
  return dumped(summary_of(vote));
}

std::string whole_json(const BuriedVote& vote) {
  Json object = summary_of(vote);
  Json& headers = object["headers"] = Json::object();
  for (const auto& [name, value] : vote.letter.message.headers) headers[name] = value;
  const std::string& message = vote.letter.message.value;
  if (is_utf8(message))
    object["message"] = message;
  else
    object["message_base64"] = base64(message);
  return dumped(object);
}

Record whole_record(const BuriedVote& vote) {
  Record record;
  record.add("id", std::to_string(vote.letter.id));
  record.add("stamp", to_text(vote.letter.stamp));
  record.add("reason", vote.reason);
  record.add("poll", text_of(vote.ids.poll));
  record.add("voter", text_of(vote.ids.voter));
  record.add("request", text_of(vote.ids.request));
  record.add("from", origin_of(vote));
  for (const auto& [name, value] : vote.letter.message.headers) record.add(name, value);
  record.add("message", vote.letter.message.value);
  return record;
}

DeadLetterRows::DeadLetterRows(Console& console) : console_(console), table_(empty_table()) {}

void DeadLetterRows::add(const BuriedVote& vote) {
  table_.add({std::to_string(vote.letter.id), to_text(vote.letter.stamp), vote.reason,
              text_of(vote.ids.poll), text_of(vote.ids.voter), text_of(vote.ids.request),
              origin_of(vote)});
  if (++held_ == kHeldMax) flush();
}

void DeadLetterRows::flush() {
  console_.print(table_);
  table_ = empty_table();
  held_ = 0;
}

}  // namespace vote::command
