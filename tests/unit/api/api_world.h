#pragma once
// The routes on the embedded engine, asked without a server: each request runs to its end on the
// test's own thread. What is answered must be in the OpenAPI document.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "api/api.h"
#include "decorators/cache.h"
#include "decorators/queue.h"
#include "decorators/store.h"
#include "http/completed.h"
#include "http/problem.h"
#include "process/worker.h"
#include "unit/api/document.h"
#include "world/engine.h"

namespace vote::test {

using Json = nlohmann::json;

/// A response, read to its end.
struct Answer {
  http::Response response;
  std::string body;

  unsigned status() const { return response.status; }
  Json json() const { return Json::parse(body); }
  std::string code() const { return status() < 400 ? "" : json().at("code").get<std::string>(); }
  std::string field(std::string_view name) const {
    return std::string(http::find(response.fields, name).value_or(""));
  }
};

class ApiWorld : public testing::Test {
 protected:
  ApiWorld() { polls.refresh(); }

  std::string token(UserId user, Role role = Role::voter) const {
    return tokens.mint({user, role, true}, kStart, kStart + std::chrono::hours(24));
  }
  std::string fresh_token(Role role = Role::voter) const { return token(new_id<UserId>(), role); }

  Answer ask(http::Method method, const std::string& target, const std::string& token = "",
             const Json& body = nullptr, http::Fields fields = {}) {
    http::Request request;
    request.method = method;
    const auto question = std::min(target.find('?'), target.size());
    request.path = target.substr(0, question);
    if (question < target.size()) request.query = target.substr(question + 1);
    request.peer = "192.0.2.7";
    request.fields = std::move(fields);
    if (!token.empty()) request.fields.emplace_back("Authorization", "Bearer " + token);
    if (!body.is_null()) {
      request.fields.emplace_back("Content-Type", "application/json");
      request.body = body.dump();
    }
    return send(std::move(request));
  }
  Answer get(const std::string& target, const std::string& token = "", http::Fields fields = {}) {
    return ask(http::Method::get, target, token, nullptr, std::move(fields));
  }
  Answer post(const std::string& target, const std::string& token, const Json& body = nullptr,
              http::Fields fields = {}) {
    return ask(http::Method::post, target, token, body, std::move(fields));
  }

  Answer send(http::Request request) {
    auto match = router.match(request.method, request.path);
    if (match.handler == nullptr) throw std::runtime_error("no route: " + request.path);
    request.parameters = std::move(match.parameters);
    Answer answer{run(*match.handler, request), ""};
    answer.body = text_of(answer.response);
    expect_documented(request, answer.response.status, answer.body);
    return answer;
  }

  /// As the worker does, with a cache of its own.
  void drain() {
    MemoryCache of_the_worker(engine_clock);
    Stop stop;
    WorkerSettings settings;
    settings.batch_wait = Duration(0);
    Worker(engine.store, engine.queue, of_the_worker, settings).run(stop, true);
  }
  void advance(Duration by) {
    clock.advance(by);
    engine_clock.advance(by);
    polls.refresh();
  }
  static std::string path_of(const Poll& poll, const std::string& more = "") {
    return "/v1/polls/" + poll.id.text() + more;
  }
  static Json ballot_of(const Poll& poll, std::size_t option) {
    return {{"option_ids", {poll.options.at(option).id.text()}}};
  }

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
  Ballots ballots{store, queue, cache, polls, *timers, clock, BallotSettings{kGrace, false}};
  Tokens tokens{"a secret of a test, long enough to be one"};
  Passwords passwords;
  http::Router router = make_routes({store, cache, ballots, polls, tokens, passwords, clock});

 private:
  template <class T>
  static T wait_for_end(boost::asio::awaitable<T> awaitable) {
    boost::asio::io_context io;
    std::optional<T> result;
    boost::asio::co_spawn(io, std::move(awaitable), [&](std::exception_ptr failure, T value) {
      if (failure) std::rethrow_exception(failure);
      result = std::move(value);
    });
    io.run();
    boost::asio::use_service<http::CompletionsUnderway>(io).wait_for_none();
    return std::move(*result);
  }
  static http::Response run(const http::Handler& handler, http::Request& request) {
    try {
      http::Answer answer = handler(request);
      if (auto* response = std::get_if<http::Response>(&answer)) return std::move(*response);
      return wait_for_end(std::get<boost::asio::awaitable<http::Response>>(std::move(answer)));
    } catch (const http::HttpError& error) {
      return error.response();
    }
  }
  static std::string text_of(const http::Response& response) {
    if (response.shared_body) return *response.shared_body;
    if (!response.source) return response.body;
    std::string text;
    for (std::string piece; !(piece = wait_for_end(response.source())).empty();) text += piece;
    return text;
  }
};

}  // namespace vote::test
