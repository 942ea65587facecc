// The queue's message as JSON (vote/ballot.h). Written by hand and read by a SAX parser without a
// tree: both are on the path of every vote.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "vote/ballot.h"

namespace vote {
namespace {

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

/// Fills a CastVote from the members it knows; those it does not know are left to later versions
/// of the program only if `v` says so, and `v` other than 1 is refused. Each id is there once at
/// most.
class MessageReader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  CastVote vote;
  std::string defect;
  std::string action;
  bool version_seen = false;
  bool request_seen = false;
  bool poll_seen = false;
  bool voter_seen = false;

  bool key(std::string& name) override {
    if (depth_ == 1) key_ = name;
    return true;
  }
  bool string(std::string& value) override {
    if (depth_ == 2 && in_options_) return option(value);
    if (depth_ != 1) return true;
    if (key_ == "action") action = value;
    if (key_ == "request_id") return id(vote.request, request_seen, value);
    if (key_ == "poll_id") return id(vote.poll, poll_seen, value);
    if (key_ == "user_id") return id(vote.voter, voter_seen, value);
    if (key_ == "accepted_at") return time(value);
    if (key_ == "user_agent") vote.user_agent = value.substr(0, kUserAgentBytesMax);
    if (key_ == "ip") vote.ip = std::move(value);
    return true;
  }
  bool number_unsigned(std::uint64_t value) override {
    if (depth_ != 1 || key_ != "v") return scalar();
    version_seen = true;
    return value == 1 || refuse("version " + std::to_string(value) + " is not known here");
  }
  bool start_array(std::size_t /*elements*/) override {
    in_options_ = depth_ == 1 && key_ == "option_ids";
    return deeper();
  }
  bool end_array() override { return shallower(); }
  bool start_object(std::size_t /*elements*/) override {
    if (depth_ >= 1 && in_options_) return refuse("option_ids holds something that is no text");
    return deeper();
  }
  bool end_object() override { return shallower(); }
  bool null() override { return scalar(); }
  bool boolean(bool /*value*/) override { return scalar(); }
  bool number_integer(std::int64_t /*value*/) override { return scalar(); }
  bool number_float(double /*value*/, const std::string& /*text*/) override { return scalar(); }
  bool binary(nlohmann::json::binary_t& /*value*/) override { return scalar(); }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    return refuse("not JSON at byte " + std::to_string(position));
  }

 private:
  static constexpr int kDepthMax = 8;

  bool deeper() { return ++depth_ <= kDepthMax || refuse("nested deeper than a message is"); }
  bool shallower() {
    if (--depth_ == 1) in_options_ = false;
    return true;
  }
  bool scalar() {
    if (depth_ == 0) return refuse("not an object");
    if (in_options_) return refuse("option_ids holds something that is no text");
    const bool known = key_ == "v" || key_ == "action" || key_ == "request_id" ||
                       key_ == "poll_id" || key_ == "user_id" || key_ == "option_ids";
    return depth_ != 1 || !known || refuse(key_ + " has the wrong type");
  }
  bool refuse(std::string why) {
    if (defect.empty()) defect = std::move(why);
    return false;
  }
  template <class SomeId>
  bool id(SomeId& into, bool& seen, const std::string& value) {
    const auto parsed = SomeId::parse(value);
    if (!parsed) return refuse(key_ + " is no UUID");
    if (seen) return refuse(key_ + " is there twice");
    into = *parsed;
    seen = true;
    return true;
  }
  bool option(const std::string& value) {
    const auto parsed = OptionId::parse(value);
    if (!parsed) return refuse("option_ids holds something that is no UUID");
    if (vote.options.size() >= kMessageOptionsMax) return refuse("option_ids has too many entries");
    vote.options.push_back(*parsed);
    return true;
  }
  bool time(const std::string& value) {
    const auto parsed = parse_time(value);
    if (!parsed) return refuse("accepted_at is no time");
    vote.accepted_at = *parsed;
    return true;
  }

  int depth_ = 0;
  bool in_options_ = false;
  std::string key_;
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
  MessageReader reader;
  if (!nlohmann::json::sax_parse(json.begin(), json.end(), &reader))
    return malformed(reader.defect.empty() ? "not JSON" : reader.defect);
  if (!reader.version_seen) return malformed("v is missing");
  if (reader.action == "cast") return cast_of(reader);
  if (reader.action == "close") return close_of(reader);
  return malformed("action '" + reader.action.substr(0, 40) + "' is not known here");
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
