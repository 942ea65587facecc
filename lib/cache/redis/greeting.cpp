#include "cache/redis/greeting.h"

#include <array>
#include <charconv>

namespace vote::redis {
namespace {

namespace asio = boost::asio;

struct Advice {
  std::string_view begins;
  std::string_view says;
};
constexpr std::array<Advice, 14> kAdvice{{
    {"WRONGPASS", "user or password is wrong: set them in cache.url, redis://user:password@host"},
    {"NOAUTH", "it wants a password: set it in cache.url, redis://:password@host"},
    {"ERR AUTH", "it has no password: take it out of cache.url, or set requirepass there"},
    {"ERR Client sent AUTH", "it has no password: take it out of cache.url"},
    {"NOPERM", "its user may not do what is needed: see cache.url in vote.toml(5)"},
    {"ERR DB index", "it has no such database: cache.url ends in its number, such as /0"},
    {"ERR invalid DB index", "it has no such database: cache.url ends in its number, such as /0"},
    {"OOM",
     "its memory is full and it may evict nothing: raise maxmemory, or set maxmemory-policy "
     "to volatile-ttl"},
    {"MISCONF",
     "it cannot save to its disk and takes no writes: make room there, or turn saving "
     "off (save \"\"), for nothing here has to survive"},
    {"READONLY", "it is a read-only replica: name its primary in cache.url"},
    {"MASTERDOWN", "it is a replica without its primary: name the primary in cache.url"},
    {"MOVED", "it is one of a cluster: name a server that stands alone in cache.url"},
    {"CLUSTERDOWN", "it is one of a cluster: name a server that stands alone in cache.url"},
    {"DENIED",
     "it takes no password-less clients from other hosts: set requirepass there and "
     "redis://:password@host in cache.url"},
}};

/// Throws what an error stands for.
void require_no_error(const std::vector<Reply>& replies) {
  for (const Reply& reply : replies)
    if (reply.view().is_error()) refuse(reply.view().text());
}

/// A field of INFO, "name:value"; empty where there is none.
std::string_view field(std::string_view info, std::string_view name) {
  for (std::size_t line = 0; line < info.size();) {
    const auto end = std::min(info.find("\r\n", line), info.size());
    const std::string_view text = info.substr(line, end - line);
    if (text.starts_with(name) && text.substr(name.size()).starts_with(':'))
      return text.substr(name.size() + 1);
    line = end + 2;
  }
  return {};
}

void require_fit(std::string_view server, std::string_view replication) {
  const std::string_view version = field(server, "redis_version");
  int major = 0;
  if (std::from_chars(version.data(), version.data() + version.size(), major).ec != std::errc())
    throw Refusal("it does not say that it is Redis");
  if (major < kServerVersionMin)
    throw Refusal("it is Redis " + std::string(version) +
                  ", too old: " + std::to_string(kServerVersionMin) + ".0 or newer is needed");
  if (field(replication, "role") != "master") throw Refusal(explain("READONLY"));
}

}  // namespace

asio::awaitable<void> authenticate(Connection& connection, const RedisUrl& url) {
  std::string auth;
  if (url.password.empty()) {
    append_command(auth, {"PING"});
  } else if (url.user.empty()) {
    append_command(auth, {"AUTH", url.password});
  } else {
    append_command(auth, {"AUTH", url.user, url.password});
  }
  require_no_error(co_await connection.ask(std::move(auth), 1));
}

asio::awaitable<ScriptNames> greet(Connection& connection, const RedisUrl& url) {
  co_await authenticate(connection, url);
  std::string commands;
  append_command(commands, {"INFO", "server"});
  append_command(commands, {"INFO", "replication"});
  append_command(commands, {"SELECT", std::to_string(url.database)});
  std::vector<Reply> replies = co_await connection.ask(std::move(commands), 3);
  require_no_error(replies);
  require_fit(replies[0].view().text(), replies[1].view().text());
  commands.clear();
  for (std::size_t script = 0; script < kScripts; ++script)
    append_command(commands, {"SCRIPT", "LOAD", text_of(static_cast<Script>(script))});
  replies = co_await connection.ask(std::move(commands), kScripts);
  require_no_error(replies);
  ScriptNames names;
  for (std::size_t script = 0; script < kScripts; ++script)
    names.at(script) = replies[script].view().text();
  co_return names;
}

std::string explain(std::string_view error) {
  for (const auto& [begins, says] : kAdvice)
    if (error.starts_with(begins)) return std::string(says).append(" (").append(error).append(")");
  return "it answers: " + std::string(error);
}

bool ends_connection(std::string_view error) {
  const std::string_view kind = kind_of(error);
  return kind == "READONLY" || kind == "MASTERDOWN" || kind == "NOAUTH" || kind == "MOVED" ||
         kind == "CLUSTERDOWN" || kind == "LOADING";
}

void refuse(std::string_view error) {
  if (kind_of(error) == "LOADING") throw NotYet("it is still loading its data");
  throw Refusal(explain(error));
}

std::string_view kind_of(std::string_view error) {
  return error.substr(0, std::min(error.find(' '), error.size()));
}

}  // namespace vote::redis
