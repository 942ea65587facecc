#include "command/server.h"

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <utility>

#include "command/failure.h"
#include "command/line_reader.h"
#include "command/session.h"

namespace vote::command {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

constexpr unsigned kNoContent = 204;  // an EventSource is to stay away

std::string body_text(const nlohmann::json& body) {
  try {
    return body.dump();
  } catch (const nlohmann::json::type_error&) {
    throw Failure(ExitCode::usage, "a text that was given is not UTF-8");
  }
}

client::Answer accepted(client::Answer answer) {
  if (!answer.ok()) throw failure_of(answer);
  return answer;
}

}  // namespace

std::string url_of(const ServerWishes& wishes) {
  std::string url = wishes.url.empty() ? environment("VOTE_URL") : wishes.url;
  if (url.empty()) url = kDefaultUrl;
  while (url.ends_with('/')) url.pop_back();
  return url;
}

Server::Server(const ServerWishes& wishes, const Clock& clock, Console& console)
    : url_(url_of(wishes)), client_(url_), token_(find_token(wishes, clock, console)) {}

std::string Server::find_token(const ServerWishes& wishes, const Clock& clock,
                               Console& console) const {
  if (!wishes.token_file.empty()) {
    std::string token;
    LineReader(wishes.token_file).wait_for_next(token);
    if (token.empty()) throw Failure(ExitCode::usage, wishes.token_file + " holds no token");
    return token;
  }
  if (std::string token = environment("VOTE_TOKEN"); !token.empty()) return token;
  if (environment("XDG_STATE_HOME").empty() && environment("HOME").empty()) return "";
  const auto session = SessionFile::of_user().find(url_);
  if (!session) return "";
  if (session->expires_at > clock.now()) return session->token;
  console.say("the session at " + url_ + " has expired: votectl login begins a new one");
  return "";
}

client::Request Server::request(const std::string& method, const std::string& path,
                                const nlohmann::json& body, const client::Fields& fields) const {
  return {method, path, body.is_null() ? "" : body_text(body), token_, fields};
}

client::Answer Server::get(const std::string& path) {
  return accepted(client_.call(request("GET", path, nullptr, {})));
}

client::Answer Server::send(const std::string& method, const std::string& path,
                            const nlohmann::json& body) {
  return accepted(client_.call(request(method, path, body, {})));
}

client::Answer Server::send_repeatedly(const std::string& method, const std::string& path,
                                       const nlohmann::json& body, const client::Fields& fields) {
  return accepted(client_.call_repeatedly(request(method, path, body, fields)));
}

client::Answer Server::stream_lines(const client::Request& request,
                                    const std::function<void(std::string_view)>& on_line,
                                    const std::function<bool()>& goes_on) {
  std::string rest;
  const auto take = [&](std::string_view piece) {
    rest += piece;
    std::size_t start = 0;
    for (auto end = rest.find('\n'); end != std::string::npos; end = rest.find('\n', start)) {
      on_line(std::string_view(rest).substr(start, end - start));
      start = end + 1;
    }
    rest.erase(0, start);
    if (rest.size() > kAnswerLineBytesMax)
      throw Failure(ExitCode::failed, "a line of the answer of " + url_ + " is longer than " +
                                          std::to_string(kAnswerLineBytesMax) + " bytes");
  };
  client::Answer answer = accepted(client_.stream(request, take, goes_on));
  if (!rest.empty()) on_line(rest);
  return answer;
}

void Server::get_lines(const std::string& path,
                       const std::function<void(std::string_view)>& on_line) {
  bool begun = false;
  const auto take = [&](std::string_view line) {
    begun = true;
    if (!line.empty()) on_line(line);
  };
  try {
    stream_lines(request("GET", path, nullptr, {}), take, nullptr);
  } catch (const client::ClientError& error) {
    if (!begun) throw;
    throw Failure(ExitCode::unavailable,
                  "the answer of " + url_ + " broke off: what came is incomplete", "run it again");
  }
}

bool Server::get_events(const std::string& path, const std::string& last_id,
                        const std::function<void(const ServerEvent&)>& on_event,
                        const std::function<bool()>& goes_on) {
  client::Fields fields;
  if (!last_id.empty()) fields.emplace_back("Last-Event-ID", last_id);
  ServerEvent event;
  const auto take = [&](std::string_view line) {
    constexpr std::string_view kId = "id: ";
    constexpr std::string_view kData = "data: ";
    if (line.starts_with(kId)) event.id = line.substr(kId.size());
    if (line.starts_with(kData)) event.data = line.substr(kData.size());
    if (line.empty() && !event.data.empty()) on_event(std::exchange(event, {}));
  };
  return stream_lines(request("GET", path, nullptr, fields), take, goes_on).status != kNoContent;
}

void Server::get_list(const std::string& path, const char* member,
                      const std::function<bool(const nlohmann::json&)>& on_element) {
  std::string cursor;
  do {
    std::string page = path + (path.find('?') == std::string::npos ? "?" : "&") +
                       "limit=" + std::to_string(kPageSize);
    if (!cursor.empty()) page += "&cursor=" + client::encoded(cursor);
    const nlohmann::json answer = get(page).json();
    for (const nlohmann::json& element : answer.at(member))
      if (!on_element(element)) return;
    const auto next = answer.find("next_cursor");
    cursor = next != answer.end() && next->is_string() ? next->get<std::string>() : "";
  } while (!cursor.empty());
}

std::string poll_path(const std::string& poll, const std::string& more) {
  if (!PollId::parse(poll))
    throw Failure(ExitCode::usage, "'" + poll + "' is no poll's id (a UUID)",
                  "votectl poll list shows the ids");
  return "/v1/polls/" + poll + more;
}

std::string member_text(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return "";
  return found->is_string() ? found->get<std::string>() : found->dump();
}

std::vector<PollOption> options_of(const nlohmann::json& poll) {
  std::vector<PollOption> options;
  for (const nlohmann::json& option : poll.at("options")) {
    const auto id = OptionId::parse(option.at("option_id").get<std::string>());
    if (id) options.push_back({*id, option.at("text").get<std::string>()});
  }
  return options;
}

}  // namespace vote::command
