#include "world/redis.h"

#include <hiredis/hiredis.h>

#include <cstdlib>
#include <stdexcept>
#include <utility>

#include "cache/redis/url.h"

namespace vote::test {

RedisServer::RedisServer(std::vector<std::string> options) : options_(std::move(options)) {
  constexpr int kTriesMax = 5;  // another process may take the port first
  for (int tries = 1; !try_to_start(); ++tries) {
    if (tries == kTriesMax) throw std::runtime_error("redis-server ends: " + process_->said());
    port_ = free_port();
  }
}

void RedisServer::start() {
  if (!try_to_start()) throw std::runtime_error("redis-server ends: " + process_->said());
}

bool RedisServer::try_to_start() {
  std::vector<std::string> command{"redis-server", "--bind",        "127.0.0.1", "--save", "",
                                   "--dir",        folder_.file("")};
  bool has_port = false;
  for (const std::string& option : options_) {
    command.push_back(option == "PORT" ? std::to_string(port_) : option);
    has_port = has_port || option == "PORT";
  }
  if (!has_port) command.insert(command.end(), {"--port", std::to_string(port_)});
  process_.emplace(command);
  return process_->says("Ready to accept connections");
}

void RedisClient::Close::operator()(redisContext* context) const {
  redisFree(context);
}

RedisClient::RedisClient(const std::string& url) {
  const RedisUrl place = parse_redis_url(url);
  context_.reset(redisConnect(place.host.c_str(), place.port));
  if (!context_ || context_->err != 0) throw std::runtime_error("no connection to " + url);
  if (!place.password.empty())
    ask({"AUTH", place.user.empty() ? "default" : place.user, place.password});
  ask({"SELECT", std::to_string(place.database)});
}

std::string RedisClient::ask(const std::vector<std::string>& command) {
  std::vector<const char*> words;
  std::vector<std::size_t> sizes;
  for (const std::string& word : command) {
    words.push_back(word.data());
    sizes.push_back(word.size());
  }
  const std::unique_ptr<redisReply, decltype([](redisReply* r) { freeReplyObject(r); })> reply(
      static_cast<redisReply*>(redisCommandArgv(context_.get(), static_cast<int>(words.size()),
                                                words.data(), sizes.data())));
  if (!reply) throw std::runtime_error(context_->errstr);
  if (reply->type == REDIS_REPLY_INTEGER) return std::to_string(reply->integer);
  const std::string text = reply->str == nullptr ? "" : std::string(reply->str, reply->len);
  if (reply->type == REDIS_REPLY_ERROR) throw std::runtime_error(text);
  return text;
}

std::string shared_redis_url() {
  const char* url = std::getenv("VOTE_CACHE_URL");
  if (url == nullptr || std::string(url).find("redis") != 0)
    throw std::runtime_error(
        "VOTE_CACHE_URL names no Redis: run scripts/servers up DIR and source DIR/env");
  return url;
}

}  // namespace vote::test
