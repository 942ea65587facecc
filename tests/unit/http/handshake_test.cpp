#include "http/handshake.h"

#include <gtest/gtest.h>

#include "http/problem.h"

namespace vote::http {
namespace {

Request handshake() {
  Request request;
  request.method = Method::get;
  request.fields = {{"Host", "vote.example"},
                    {"Upgrade", "WebSocket"},
                    {"Connection", "keep-alive, upgrade"},
                    {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                    {"Sec-WebSocket-Version", "13"}};
  return request;
}

Request with(const std::string& name, const std::string& value) {
  Request request = handshake();
  for (auto& [known, old] : request.fields)
    if (known == name) old = value;
  if (!request.field(name)) request.fields.emplace_back(name, value);
  return request;
}

unsigned refusal_of(const Request& request) {
  try {
    handshake_of(request);
    return 0;
  } catch (const HttpError& error) {
    return error.response().status;
  }
}

bool may_come_from(const std::string& origin, const std::string& host,
                   const std::string& public_origin = "") {
  Request request = with("Origin", origin);
  request.fields[0].second = host;
  return is_own_origin(request, public_origin);
}

TEST(Handshake, IsReadWithTheSubprotocolsOffered) {
  Request request = with("Sec-WebSocket-Protocol", "a, b");
  request.fields.emplace_back("sec-websocket-protocol", "c");
  const Handshake read = handshake_of(request);
  EXPECT_EQ(read.key, "dGhlIHNhbXBsZSBub25jZQ==");
  EXPECT_EQ(read.subprotocols, (std::vector<std::string>{"a", "b", "c"}));
}

TEST(Handshake, ThatAsksForSomethingElseIsToldWhatThereIs) {
  EXPECT_EQ(refusal_of(with("Upgrade", "h2c")), 426U);
  EXPECT_EQ(refusal_of(with("Connection", "keep-alive")), 426U);
  EXPECT_EQ(refusal_of(with("Sec-WebSocket-Version", "8")), 426U);
  Request head = handshake();
  head.method = Method::head;
  EXPECT_EQ(refusal_of(head), 426U);
  try {
    handshake_of(Request());
    FAIL();
  } catch (const HttpError& error) {
    EXPECT_EQ(find(error.response().fields, "Upgrade"), "websocket");
    EXPECT_EQ(find(error.response().fields, "Sec-WebSocket-Version"), "13");
  }
}

TEST(Handshake, WithAKeyThatIsNoneIsRefused) {
  for (const char* key : {"", "short", "dGhlIHNhbXBsZSBub25jZQ=!", "dGhlIHNhbXBsZSBub25jZSE"})
    EXPECT_EQ(refusal_of(with("Sec-WebSocket-Key", key)), 400U) << key;
  Request two = handshake();
  two.fields.push_back(two.fields[3]);
  EXPECT_EQ(refusal_of(two), 400U);
}

TEST(OriginOfAHandshake, MayBeNoneOrTheServersOwn) {
  EXPECT_TRUE(is_own_origin(handshake(), ""));
  EXPECT_TRUE(may_come_from("http://127.0.0.1:8080", "127.0.0.1:8080"));
  EXPECT_TRUE(may_come_from("https://vote.example", "vote.example"));
  EXPECT_TRUE(may_come_from("https://vote.example", "VOTE.example:443"));
  EXPECT_TRUE(may_come_from("http://[::1]:8080", "[::1]:8080"));
}

TEST(OriginOfAHandshake, MayBeThePublicOneBehindAProxy) {
  EXPECT_TRUE(may_come_from("https://vote.example", "127.0.0.1:8080", "https://vote.example"));
  EXPECT_FALSE(may_come_from("http://vote.example", "127.0.0.1:8080", "https://vote.example"));
}

TEST(OriginOfAHandshake, MayNotBeForeign) {
  for (const char* origin :
       {"https://evil.example", "https://vote.example.evil", "https://vote.example:8443",
        "http://vote.example:8080", "null", "", "vote.example", "file://vote.example",
        "https://vote.example/", "https://a@vote.example", "https://vote.example https://b"})
    EXPECT_FALSE(may_come_from(origin, "vote.example", "https://other.example")) << origin;
  Request two = with("Origin", "http://vote.example");
  two.fields.emplace_back("Origin", "http://evil.example");
  EXPECT_FALSE(is_own_origin(two, ""));
}

}  // namespace
}  // namespace vote::http
