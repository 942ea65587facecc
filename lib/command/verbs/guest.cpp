#include "command/verbs/guest.h"

#include <nlohmann/json.hpp>

#include "command/failure.h"
#include "command/session.h"

namespace vote::command {

void become_guest(Context& context, Server& server) {
  const SessionFile sessions = SessionFile::of_user();
  const std::string name = "guest at " + server.url();
  if (const auto kept = sessions.find(name); kept && kept->expires_at > context.clock.now())
    return server.use_token(kept->token);
  server.use_token("");
  const nlohmann::json session = server.send("POST", "/v1/sessions/guest", nullptr).json();
  const auto expires = parse_time(session.at("expires_at").get<std::string>());
  if (!expires) throw Failure(ExitCode::failed, "the server gave a session without an end");
  const std::string token = session.at("token").get<std::string>();
  sessions.keep(name, {token, *expires});
  server.use_token(token);
}

}  // namespace vote::command
