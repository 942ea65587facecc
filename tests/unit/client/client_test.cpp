#include "client/client.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "world.h"

namespace vote::client {
namespace {

Request post(std::string body = "{}") {
  return {"POST", "/echo", std::move(body), "", {}};
}

/// What the call says when it ends without an answer.
std::string failure(const std::function<void()>& call) {
  try {
    call();
  } catch (const ClientError& error) {
    return error.what();
  }
  return "";
}

TEST(Client, SendsMethodBodyTokenAndFields) {
  TestServer server([](const auto&, std::size_t) { return answer(200); });
  Client client(server.url() + "/");
  client.call({"PUT", "/echo?a=b%20c", R"({"x":1})", "a.b.c", {{"Idempotency-Key", "k"}}});
  const http::Request got = server.requests().at(0);
  EXPECT_EQ(got.method, http::Method::put);
  EXPECT_EQ(got.query_parameter("a"), "b c");
  EXPECT_EQ(got.body, R"({"x":1})");
  EXPECT_EQ(got.field("Content-Type"), "application/json");
  EXPECT_EQ(got.field("Authorization"), "Bearer a.b.c");
  EXPECT_EQ(got.field("Idempotency-Key"), "k");
}

TEST(Client, ARequestLeavesNothingOfTheOneBefore) {
  TestServer server([](const auto&, std::size_t) { return answer(200); });
  Client client(server.url());
  client.call({"PUT", "/echo", "{}", "a.b.c", {{"Prefer", "wait=2"}}});
  client.call({"GET", "/echo", "", "", {}});
  const http::Request got = server.requests().at(1);
  EXPECT_EQ(got.method, http::Method::get);
  EXPECT_EQ(got.body, "");
  for (const char* name : {"Authorization", "Prefer", "Content-Type"})
    EXPECT_FALSE(got.field(name)) << name;
}

TEST(Client, GivesStatusFieldsAndBodyWhateverTheStatus) {
  TestServer server([](const auto&, std::size_t) {
    return answer(418, R"({"a":[1]})", {{"X-Kind", " teapot "}});
  });
  const Answer got = Client(server.url()).call(post());
  EXPECT_EQ(got.status, 418U);
  EXPECT_FALSE(got.ok());
  EXPECT_EQ(got.field("x-kind"), "teapot");
  EXPECT_EQ(got.field("x-none"), "");
  EXPECT_EQ(got.json().at("a").at(0), 1);
}

TEST(Client, AProblemGivesItsCodeAndDetailAnythingElseItsStatus) {
  TestServer server([](const auto&, std::size_t earlier) {
    return earlier == 0 ? problem(409, "already_voted") : answer(500, "<html>");
  });
  Client client(server.url());
  const Answer refused = client.call(post());
  EXPECT_EQ(refused.code(), "already_voted");
  EXPECT_EQ(refused.detail(), "because of already_voted");
  const Answer strange = client.call(post());
  EXPECT_EQ(strange.code(), "http_500");
  EXPECT_NE(strange.detail().find("500"), std::string::npos);
}

TEST(Client, AnAnswerThatIsNoJsonOrTooDeepIsAnError) {
  TestServer server([](const auto&, std::size_t earlier) {
    return answer(200, earlier == 0 ? "<html>" : std::string(50, '[') + std::string(50, ']'));
  });
  Client client(server.url());
  for (int i = 0; i < 2; ++i) {
    const Answer got = client.call(post());
    EXPECT_NE(failure([&got] { got.json(); }).find("--url"), std::string::npos);
  }
}

TEST(Client, RepeatsTheSameRequestWhileTheServerIsNotAble) {
  TestServer server([](const auto&, std::size_t earlier) {
    return earlier == 0   ? problem(503, "unavailable")
           : earlier == 1 ? problem(409, "vote_in_progress")
                          : answer(201);
  });
  Request request = post(R"({"option_ids":[]})");
  request.fields = {{"Idempotency-Key", "k"}};
  EXPECT_EQ(Client(server.url()).call_repeatedly(request).status, 201U);
  const auto got = server.requests();
  ASSERT_EQ(got.size(), 3U);
  for (const http::Request& each : got) {
    EXPECT_EQ(each.body, request.body);
    EXPECT_EQ(each.field("Idempotency-Key"), "k");
  }
}

TEST(Client, DoesNotRepeatWhatIsDecided) {
  TestServer server([](const auto&, std::size_t) { return problem(409, "already_voted"); });
  EXPECT_EQ(Client(server.url()).call_repeatedly(post()).status, 409U);
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST(Client, RepeatsAfterALostConnection) {
  RudeServer server(2);
  EXPECT_EQ(Client(server.url()).call_repeatedly(post()).status, 201U);
  EXPECT_EQ(server.connections(), 3U);
}

TEST(Client, ASingleCallIsOneTryAndSaysThatTheConnectionWasLost) {
  RudeServer server(9);
  Client client(server.url());
  EXPECT_NE(failure([&client] { client.call(post()); }).find("lost"), std::string::npos);
  EXPECT_EQ(server.connections(), 1U);
}

TEST(Client, NobodyThereIsNamedWithTheUrl) {
  const std::string url = deserted_url();
  const std::string said = failure([&url] { Client(url).call(post()); });
  EXPECT_NE(said.find(url), std::string::npos) << said;
  EXPECT_NE(said.find("refused"), std::string::npos) << said;
}

TEST(Client, AUrlThatIsNoneIsRefused) {
  for (const char* url : {"", "ftp://x", "127.0.0.1:8080", "http://", "http://a b", "http://a?b"})
    EXPECT_NE(failure([url] { Client{url}; }), "") << url;
}

TEST(Client, AStreamHandsOnTheBodyAndKeepsARefusal) {
  TestServer server([](const auto&, std::size_t earlier) {
    return earlier == 0 ? answer(200, std::string(1'000'000, 'x')) : problem(403, "forbidden");
  });
  Client client(server.url());
  std::size_t bytes = 0;
  const auto count = [&bytes](std::string_view piece) { bytes += piece.size(); };
  EXPECT_EQ(client.stream({"GET", "/echo", "", "", {}}, count).status, 200U);
  EXPECT_EQ(bytes, 1'000'000U);
  EXPECT_EQ(client.stream({"GET", "/echo", "", "", {}}, count).code(), "forbidden");
  EXPECT_EQ(bytes, 1'000'000U);
}

TEST(Client, WhatASinkThrowsReachesTheCaller) {
  TestServer server([](const auto&, std::size_t) { return answer(200, "x"); });
  Client client(server.url());
  const auto full = [](std::string_view) { throw std::runtime_error("disk full"); };
  EXPECT_THROW(client.stream({"GET", "/echo", "", "", {}}, full), std::runtime_error);
  EXPECT_EQ(client.call(post()).status, 200U);
}

TEST(Client, RetryAfterIsReadInSecondsAndHasALimit) {
  const auto asked = [](std::string value) {
    return retry_after({503, {{"Retry-After", std::move(value)}}, ""});
  };
  EXPECT_EQ(asked("1"), std::chrono::seconds(1));
  EXPECT_EQ(asked("86400"), kRetryDelayMax);
  EXPECT_EQ(asked("Wed, 21 Oct 2015 07:28:00 GMT"), Duration(0));
  EXPECT_EQ(retry_after({503, {}, ""}), Duration(0));
}

TEST(Client, EncodesWhatAUrlHasAMeaningFor) {
  EXPECT_EQ(encoded("aZ9-._~"), "aZ9-._~");
  EXPECT_EQ(encoded("a b&c=d/é%"), "a%20b%26c%3Dd%2F%C3%A9%25");
}

}  // namespace
}  // namespace vote::client
