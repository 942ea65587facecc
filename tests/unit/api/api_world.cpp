#include "unit/api/api_world.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>

#include "http/completed.h"
#include "http/problem.h"
#include "unit/api/document.h"

namespace vote::test {
namespace {

template <class T>
T wait_for_end(boost::asio::awaitable<T> awaitable) {
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

http::Response run(const http::Handler& handler, http::Request& request) {
  try {
    http::Answer answer = handler(request);
    if (auto* response = std::get_if<http::Response>(&answer)) return std::move(*response);
    return wait_for_end(std::get<boost::asio::awaitable<http::Response>>(std::move(answer)));
  } catch (const http::HttpError& error) {
    return error.response();
  }
}

std::string text_of(const http::Response& response) {
  if (response.shared_body) return *response.shared_body;
  if (!response.source) return response.body;
  std::string text;
  for (std::string piece; !(piece = wait_for_end(response.source())).empty();) text += piece;
  return text;
}

}  // namespace

Json Answer::json() const {
  return Json::parse(body);
}

std::string Answer::code() const {
  return status() < 400 ? "" : json().at("code").get<std::string>();
}

std::string Answer::field(std::string_view name) const {
  return std::string(http::find(response.fields, name).value_or(""));
}

ApiWorld::ApiWorld(const Config::Limits& limit_settings, const Config::Api& api_settings)
    : limits(cache, limit_settings), proxies(api_settings) {
  polls.refresh();
}
ApiWorld::~ApiWorld() = default;

std::string ApiWorld::token(UserId user, Role role) const {
  return tokens.mint({user, role, true}, kStart, kStart + std::chrono::hours(24));
}

Answer ApiWorld::ask(http::Method method, const std::string& target, const std::string& token,
                     const Json& body, http::Fields fields) {
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

Answer ApiWorld::get(const std::string& target, const std::string& token, http::Fields fields) {
  return ask(http::Method::get, target, token, nullptr, std::move(fields));
}

Answer ApiWorld::post(const std::string& target, const std::string& token, const Json& body,
                      http::Fields fields) {
  return ask(http::Method::post, target, token, body, std::move(fields));
}

Answer ApiWorld::send(http::Request request) {
  auto match = router.match(request.method, request.path);
  if (match.handler == nullptr) throw std::runtime_error("no route: " + request.path);
  request.parameters = std::move(match.parameters);
  Answer answer{run(*match.handler, request), ""};
  answer.body = text_of(answer.response);
  expect_documented(request, answer.response.status, answer.body);
  return answer;
}

void ApiWorld::advance(Duration by) {
  clock.advance(by);
  engine_clock.advance(by);
  polls.refresh();
}

std::string ApiWorld::path_of(const Poll& poll, const std::string& more) {
  return "/v1/polls/" + poll.id.text() + more;
}

Json ApiWorld::ballot_of(const Poll& poll, std::size_t option) {
  return {{"option_ids", {poll.options.at(option).id.text()}}};
}

}  // namespace vote::test
