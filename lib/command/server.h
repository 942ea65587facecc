#pragma once
// The vote-api that a command speaks to: where it is, as whom, and JSON both ways.
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "client/client.h"
#include "command/console.h"
#include "runtime/clock.h"
#include "vote/poll.h"

namespace vote::command {

inline constexpr const char* kDefaultUrl = "http://127.0.0.1:8080";
inline constexpr std::size_t kPageSize = 100;
inline constexpr std::size_t kAnswerLineBytesMax = 1'048'576;

/// What the command line says of it; empty where it says nothing.
struct ServerWishes {
  std::string url;         // --url; else VOTE_URL, else kDefaultUrl
  std::string token_file;  // --token-file; else VOTE_TOKEN, else the session, else no token
};

/// One event of a stream (the WHATWG's HTML standard, "Server-sent events").
struct ServerEvent {
  std::string id;
  std::string data;
};

class Server {
 public:
  /// Reads the environment and the files named. Throws Failure and client::ClientError.
  Server(const ServerWishes& wishes, const Clock& clock, Console& console);

  const std::string& url() const { return url_; }
  /// Speaks as somebody else from now on.
  void use_token(std::string token) { token_ = std::move(token); }

  /// Sends and gives the answer if it is a 2xx; else throws Failure. A body that is null is none;
  /// text in it that is not UTF-8 is a Failure too.
  client::Answer get(const std::string& path);
  client::Answer send(const std::string& method, const std::string& path,
                      const nlohmann::json& body);
  /// Like `send`, repeated while that may help: only with an Idempotency-Key in `fields`.
  client::Answer send_repeatedly(const std::string& method, const std::string& path,
                                 const nlohmann::json& body, const client::Fields& fields);
  /// The body of a 2xx, line by line. Throws Failure also where the answer breaks off: what came is
  /// incomplete then.
  void get_lines(const std::string& path, const std::function<void(std::string_view)>& on_line);
  /// Server-sent events, until the server ends them or `goes_on` says no (asked once a second).
  /// `last_id`: of the last event that is known, empty where none is. False: none will come any
  /// more. Throws client::ClientError too where the connection is lost.
  bool get_events(const std::string& path, const std::string& last_id,
                  const std::function<void(const ServerEvent&)>& on_event,
                  const std::function<bool()>& goes_on);
  /// Every element of `member` of the pages of a list, until `on_element` answers false.
  void get_list(const std::string& path, const char* member,
                const std::function<bool(const nlohmann::json&)>& on_element);

 private:
  client::Answer stream_lines(const client::Request& request,
                              const std::function<void(std::string_view)>& on_line,
                              const std::function<bool()>& goes_on);
  client::Request request(const std::string& method, const std::string& path,
                          const nlohmann::json& body, const client::Fields& fields) const;
  std::string find_token(const ServerWishes& wishes, const Clock& clock, Console& console) const;

  std::string url_;
  client::Client client_;
  std::string token_;
};

/// Where --url, VOTE_URL and the default point, without a trailing slash.
std::string url_of(const ServerWishes& wishes);

/// "/v1/polls/<id>" and `more`; throws Failure where `poll` is no UUID.
std::string poll_path(const std::string& poll, const std::string& more = "");

/// A member of an object as text: strings as they are, other values as JSON; empty where there is
/// none, or null.
std::string member_text(const nlohmann::json& object, const char* name);

/// The options of a poll as the server gave it.
std::vector<PollOption> options_of(const nlohmann::json& poll);

}  // namespace vote::command
