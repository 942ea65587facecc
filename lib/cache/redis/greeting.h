#pragma once
// How a connection is made fit for use, and what errors of the server mean to who runs it. Internal
// to cache/redis/.
#include <string>
#include <string_view>

#include "cache/redis/connection.h"
#include "cache/redis/scripts.h"

namespace vote::redis {

inline constexpr int kServerVersionMin = 7;  // SET with NX and GET at once

/// Says who we are. Throws Refusal, for one where the password is wrong.
boost::asio::awaitable<void> authenticate(Connection& connection, const RedisUrl& url);
/// The same, then chooses the database, looks what server it is and loads the scripts. Throws
/// Refusal: not Redis, too old, a replica, no such database.
boost::asio::awaitable<ScriptNames> greet(Connection& connection, const RedisUrl& url);

/// What an error ("OOM command not allowed…") means and what to do, with the server's words.
std::string explain(std::string_view error);
/// Whether no command will do better on this connection: the server has become another one.
bool ends_connection(std::string_view error);
/// Throws it: Refusal with its explanation, or NotYet.
[[noreturn]] void refuse(std::string_view error);
/// Its first word, which says of what kind it is.
std::string_view kind_of(std::string_view error);

}  // namespace vote::redis
