#pragma once
// The routes on the embedded engine, asked without a server: each request runs to its end on the
// test's own thread. What is answered must be in the OpenAPI document.
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "api/api.h"
#include "decorators/cache.h"
#include "decorators/queue.h"
#include "decorators/store.h"
#include "world/engine.h"

namespace vote::test {

using Json = nlohmann::json;

/// A response, read to its end.
struct Answer {
  http::Response response;
  std::string body;

  unsigned status() const { return response.status; }
  Json json() const;
  std::string code() const;
  std::string field(std::string_view name) const;
};

class ApiWorld : public testing::Test {
 protected:
  static constexpr Config::Limits kNoLimits{0, 0, 0, 0};
  explicit ApiWorld(const Config::Limits& limit_settings = kNoLimits,
                    const Config::Api& api_settings = {});
  ~ApiWorld() override;

  std::string token(UserId user, Role role = Role::voter) const;
  std::string fresh_token(Role role = Role::voter) const { return token(new_id<UserId>(), role); }

  Answer ask(http::Method method, const std::string& target, const std::string& token = "",
             const Json& body = nullptr, http::Fields fields = {});
  Answer get(const std::string& target, const std::string& token = "", http::Fields fields = {});
  Answer post(const std::string& target, const std::string& token, const Json& body = nullptr,
              http::Fields fields = {});

  Answer send(http::Request request);

  void drain() { test::drain(engine, engine_clock); }
  void advance(Duration by);
  static std::string path_of(const Poll& poll, const std::string& more = "");
  static Json ballot_of(const Poll& poll, std::size_t option);

  HastyClock engine_clock;
  ManualClock clock{kStart};
  EngineFiles files;
  Engine engine{files, engine_clock};
  MemoryCache memory{clock};
  FaultyStore store{engine.store};
  FaultyQueue queue{engine.queue};
  FaultyCache cache{memory};
  PollCopies polls{store, clock, {"api-1", std::chrono::minutes(10)}};
  std::unique_ptr<Timers> timers = make_timers();
  Ballots ballots{store, queue, cache, polls, *timers, clock, BallotSettings{}};
  Tokens tokens{"a secret of a test, long enough to be one"};
  Passwords passwords;
  Limits limits;
  TrustedProxies proxies;
  Stop stop;
  metrics::Registry metrics;
  http::Router router =
      make_routes({store, cache, ballots, polls, tokens, passwords, limits, proxies, *timers, clock,
                   stop, std::chrono::hours(1), "https://public.example", &metrics});
};

}  // namespace vote::test
