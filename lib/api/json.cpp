#include "api/json.h"

#include <nlohmann/json.hpp>

namespace vote::api {
namespace {

using Json = nlohmann::ordered_json;

/// Texts of clients (user agents) may be no UTF-8; what cannot be shown is replaced.
std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

template <class SomeId>
Json texts_of(const std::vector<SomeId>& ids) {
  Json texts = Json::array();
  for (const SomeId& id : ids) texts.push_back(id.text());
  return texts;
}

template <class SomeId>
Json text_or_null(const std::optional<SomeId>& id) {
  return id ? Json(id->text()) : Json();
}

Json cursor_of(const std::string& next) {
  return next.empty() ? Json() : Json(next);
}

Json json_of(const User& user) {
  return {{"user_id", user.id.text()}, {"username", user.username},
          {"email", user.email},       {"role", name(user.role)},
          {"verified", user.verified}, {"created_at", to_text(user.created_at)}};
}

Json json_of(const Poll& poll, Time now) {
  Json options = Json::array();
  for (const PollOption& option : poll.options)
    options.push_back({{"option_id", option.id.text()}, {"text", option.text}});
  return {{"poll_id", poll.id.text()},
          {"creator_id", poll.owner.text()},
          {"title", poll.title},
          {"description", poll.description},
          {"status", name(poll.status_at(now))},
          {"start_time", to_text(poll.start_time)},
          {"end_time", to_text(poll.end_time)},
          {"final", poll.final_at.has_value()},
          {"allow_anonymous", poll.settings.allow_anonymous},
          {"show_results_during_voting", poll.settings.show_results_during_voting},
          {"allow_multiple_options", poll.settings.allow_multiple_options},
          {"max_votes_per_user", poll.settings.max_votes_per_user},
          {"allow_vote_change", poll.settings.allow_vote_change},
          {"options", std::move(options)},
          {"created_at", to_text(poll.created_at)},
          {"updated_at", to_text(poll.updated_at)}};
}

std::string_view name(VoteState state) {
  switch (state) {
    case VoteState::none:
      return "none";
    case VoteState::pending:
      return "pending";
    case VoteState::confirmed:
      return "confirmed";
    case VoteState::revoked:
      return "revoked";
  }
  return "unknown";
}

std::uint64_t votes_of(const PollCounts& counts, OptionId option) {
  for (const OptionCount& count : counts.options)
    if (count.option == option) return count.votes;
  return 0;
}

}  // namespace

void append_ids(std::string& line, const std::vector<OptionId>& ids) {
  line += '[';
  for (const OptionId& id : ids)
    line.append(line.back() == '[' ? "\"" : ",\"").append(id.text()).append("\"");
  line += ']';
}

std::string to_json(const User& user) {
  return text_of(json_of(user));
}

std::string to_json(const UserPage& page) {
  Json users = Json::array();
  for (const User& user : page.users) users.push_back(json_of(user));
  return text_of({{"users", std::move(users)}, {"next_cursor", cursor_of(page.next_cursor)}});
}

std::string to_json(const Poll& poll, Time now) {
  return text_of(json_of(poll, now));
}

std::string to_json(const PollPage& page, Time now) {
  Json polls = Json::array();
  for (const Poll& poll : page.polls) polls.push_back(json_of(poll, now));
  return text_of({{"polls", std::move(polls)}, {"next_cursor", cursor_of(page.next_cursor)}});
}

std::string to_json(PollId poll, const VoteStatus& vote) {
  Json json{{"poll_id", poll.text()}, {"status", name(vote.state)}};
  if (vote.request) json["request_id"] = vote.request->text();
  if (vote.standing) {
    json["request_id"] = vote.standing->request.text();
    json["option_ids"] = texts_of(vote.standing->options);
    json["revision"] = vote.standing->revision;
    json["cast_at"] = to_text(vote.standing->cast_at);
    json["superseded"] = texts_of(vote.standing->superseded);
  }
  return text_of(json);
}

// By hand: the answer to every vote.
std::string to_json(const CastAnswer& answer) {
  std::string json = answer.confirmed ? R"({"status":"confirmed","request_id":")"
                                      : R"({"status":"accepted","request_id":")";
  json += answer.request.text();
  return json += "\"}";
}

std::string to_json(const Poll& poll, PollStatus status, const PollCounts& counts) {
  Json options = Json::array();
  for (const PollOption& option : poll.options) {
    const std::uint64_t votes = votes_of(counts, option.id);
    options.push_back({{"option_id", option.id.text()},
                       {"text", option.text},
                       {"votes", votes},
                       {"percentage", permille(votes, counts.total_votes) / 10.0}});
  }
  return text_of({{"poll_id", poll.id.text()},
                  {"title", poll.title},
                  {"status", name(status)},
                  {"final", poll.final_at.has_value()},
                  {"version", counts.version},
                  {"total_votes", counts.total_votes},
                  {"options", std::move(options)}});
}

// By hand: a log has millions of them.
std::string to_json(const AuditEntry& entry) {
  std::string line = R"({"log_id":)" + std::to_string(entry.log_id);
  line.append(R"(,"poll_id":")").append(entry.poll.text());
  line.append(R"(","user_id":")").append(entry.user.text());
  line.append(R"(","action":")").append(entry.action);
  append_ids(line.append(R"(","old_option_ids":)"), entry.old_options);
  append_ids(line.append(R"(,"new_option_ids":)"), entry.new_options);
  line.append(R"(,"request_id":")").append(entry.request.text());
  line.append(R"(","at":")").append(to_text(entry.at));
  line.append(R"(","ip":)").append(text_of(entry.ip));
  return line.append(R"(,"user_agent":)").append(text_of(entry.user_agent)).append("}");
}

std::string to_json(const OperatorAction& action) {
  return text_of({{"action_id", action.action_id},
                  {"at", to_text(action.at)},
                  {"actor", action.actor},
                  {"action", action.action},
                  {"poll_id", text_or_null(action.poll)},
                  {"user_id", text_or_null(action.user)},
                  {"request_id", text_or_null(action.request)},
                  {"ip", action.ip},
                  {"detail", action.detail}});
}

std::string session_json(std::string_view token, Time expires) {
  return text_of({{"token", token}, {"expires_at", to_text(expires)}});
}

}  // namespace vote::api
