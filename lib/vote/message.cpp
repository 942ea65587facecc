// The queue's message as JSON (vote/ballot.h). Written by hand and read by simdjson: both are on
// the path of every vote.
#include <simdjson.h>

#include <algorithm>
#include <new>
#include <nlohmann/json.hpp>

#include "vote/ballot.h"
#include "vote/text.h"

namespace vote {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kMessageOptionsMax = 100;

void append_member(std::string& out, std::string_view key, std::string_view plain_value) {
  out += ",\"";
  out += key;
  out += "\":\"";
  out += plain_value;
  out += '"';
}

bool needs_escape(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20 ||
           static_cast<unsigned char>(c) >= 0x7F;
  });
}

std::string escaped(std::string_view text) {
  const std::string quoted =
      nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  return quoted.substr(1, quoted.size() - 2);
}

struct Defect {
  std::string text;
};

[[noreturn]] void refuse(std::string why) {
  throw Defect{std::move(why)};
}

std::string_view text_in(dom::element value, std::string_view key) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) refuse(std::string(key) + " has the wrong type");
  return text;
}

/// Fills a CastVote from the members it knows; those it does not know are left to later versions
/// of the program only if `v` says so, and `v` other than 1 is refused. Each id is there once at
/// most.
class MessageReader {
 public:
  CastVote vote;
  std::string_view action;
  bool version_seen = false;
  bool request_seen = false;
  bool poll_seen = false;
  bool voter_seen = false;

  void read(dom::object message) {
    for (const auto [key, value] : message) take(key, value);
  }

 private:
  void take(std::string_view key, dom::element value) {
    if (key == "v") return version(value);
    if (key == "action") action = text_in(value, key);
    if (key == "request_id") return id(vote.request, request_seen, key, value);
    if (key == "poll_id") return id(vote.poll, poll_seen, key, value);
    if (key == "user_id") return id(vote.voter, voter_seen, key, value);
    if (key == "option_ids") return options(value);
    if (key == "accepted_at") return time(text_in(value, key));
    if (key == "user_agent") vote.user_agent = as_utf8(text_in(value, key), kUserAgentBytesMax);
    if (key == "ip") vote.ip = text_in(value, key);
  }
  void version(dom::element value) {
    if (!value.is_int64() && !value.is_uint64()) refuse("v has the wrong type");
    std::uint64_t number = 0;
    if (value.get(number) != simdjson::SUCCESS || number != 1)
      refuse("version " + std::string(simdjson::minify(value)) + " is not known here");
    version_seen = true;
  }
  template <class SomeId>
  static void id(SomeId& into, bool& seen, std::string_view key, dom::element value) {
    const auto parsed = SomeId::parse(text_in(value, key));
    if (!parsed) refuse(std::string(key) + " is no UUID");
    if (seen) refuse(std::string(key) + " is there twice");
    into = *parsed;
    seen = true;
  }
  void options(dom::element value) {
    dom::array entries;
    if (value.get(entries) != simdjson::SUCCESS) refuse("option_ids has the wrong type");
    for (const dom::element entry : entries) {
      std::string_view text;
      if (entry.get(text) != simdjson::SUCCESS)
        refuse("option_ids holds something that is no text");
      const auto parsed = OptionId::parse(text);
      if (!parsed) refuse("option_ids holds something that is no UUID");
      if (vote.options.size() >= kMessageOptionsMax) refuse("option_ids has too many entries");
      vote.options.push_back(*parsed);
    }
  }
  void time(std::string_view text) {
    const auto parsed = parse_time(text);
    if (!parsed) refuse("accepted_at is no time");
    vote.accepted_at = *parsed;
  }
};

/// Keeps its buffers from one message to the next.
class Parser {
 public:
  dom::object parse(std::string_view json) {
    dom::element whole;
    if (const auto error = parser_.parse(json.data(), json.size()).get(whole))
      refuse(std::string("not JSON: ") + simdjson::error_message(error));
    dom::object message;
    if (whole.get(message) != simdjson::SUCCESS) refuse("not an object");
    return message;
  }

 private:
  static constexpr std::size_t kDepthMax = 8;
  static constexpr std::size_t kMessageBytesUsual = 1024;
  dom::parser parser_ = [] {
    dom::parser made;
    if (made.allocate(kMessageBytesUsual, kDepthMax) != simdjson::SUCCESS) throw std::bad_alloc();
    return made;
  }();
};

Error malformed(std::string detail) {
  return {Code::malformed, std::move(detail)};
}

Result<QueueMessage> cast_of(MessageReader& reader) {
  if (!reader.request_seen || !reader.poll_seen || !reader.voter_seen)
    return malformed("request_id, poll_id and user_id must be there, once each");
  if (reader.vote.options.empty()) return malformed("option_ids is missing or empty");
  std::sort(reader.vote.options.begin(), reader.vote.options.end());
  return QueueMessage(std::move(reader.vote));
}

Result<QueueMessage> close_of(const MessageReader& reader) {
  if (!reader.poll_seen) return malformed("poll_id is missing");
  if (reader.request_seen || reader.voter_seen || !reader.vote.options.empty())
    return malformed("a closing message names a poll and nothing of a vote");
  return QueueMessage(ClosePoll{reader.vote.poll});
}

}  // namespace

std::string to_message(const CastVote& vote) {
  std::string out;
  out.reserve(320 + vote.options.size() * 39 + vote.user_agent.size());
  out += R"({"v":1,"action":"cast")";
  append_member(out, "request_id", vote.request.text());
  append_member(out, "poll_id", vote.poll.text());
  append_member(out, "user_id", vote.voter.text());
  out += ",\"option_ids\":[";
  for (std::size_t i = 0; i < vote.options.size(); ++i) {
    out += i == 0 ? "\"" : ",\"";
    out += vote.options[i].text();
    out += '"';
  }
  out += ']';
  append_member(out, "accepted_at", to_text(vote.accepted_at));
  append_member(out, "ip", needs_escape(vote.ip) ? escaped(vote.ip) : vote.ip);
  append_member(out, "user_agent",
                needs_escape(vote.user_agent) ? escaped(vote.user_agent) : vote.user_agent);
  out += '}';
  return out;
}

std::string to_message(const ClosePoll& close) {
  std::string out = R"({"v":1,"action":"close")";
  append_member(out, "poll_id", close.poll.text());
  return out += '}';
}

Result<QueueMessage> parse_message(std::string_view json) {
  thread_local Parser parser;
  try {
    MessageReader reader;
    reader.read(parser.parse(json));
    if (!reader.version_seen) return malformed("v is missing");
    if (reader.action == "cast") return cast_of(reader);
    if (reader.action == "close") return close_of(reader);
    return malformed("action '" + std::string(reader.action.substr(0, 40)) + "' is not known here");
  } catch (Defect& defect) {
    return malformed(std::move(defect.text));
  }
}

MessageIds ids_of_message(std::string_view json) {
  MessageIds ids;
  std::string key;
  const auto look = [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json& found) {
    using Event = nlohmann::json::parse_event_t;
    if (depth == 1 && event == Event::key) key = found.get<std::string>();
    if (depth != 1 || event != Event::value || !found.is_string()) return depth == 0;
    const auto& text = found.get_ref<const std::string&>();
    if (key == "poll_id") ids.poll = PollId::parse(text);
    if (key == "user_id") ids.voter = UserId::parse(text);
    if (key == "request_id") ids.request = RequestId::parse(text);
    return false;  // nothing is kept, however deep it goes
  };
  [[maybe_unused]] const auto nothing = nlohmann::json::parse(json, look, false);
  return ids;
}

}  // namespace vote
