#include "http/message.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "http/head.h"
#include "http/problem.h"
#include "http/target.h"

namespace vote::http {
namespace {

TEST(Target, IsDecodedOnceAndNeverAmbiguous) {
  EXPECT_EQ(decoded_path("/a%20b/%e2%82%ac"), "/a b/€");
  EXPECT_EQ(decoded_path("/a%2525"), "/a%25");
  EXPECT_EQ(decoded_path("/"), "/");
  EXPECT_EQ(decoded_path("/..a/.b/c."), "/..a/.b/c.");
  for (const char* path :
       {"", "a", "/%", "/%4", "/%zz", "/%00", "/%0a", "/%7f", "/a%2fb", "/a%5cb", "/a\\b", "/a b",
        "/a#b", "/.", "/..", "/a/../b", "/a/./b", "/%2e%2e/a", "/a/%2E"})
    EXPECT_EQ(decoded_path(path), std::nullopt) << path;
}

TEST(Query, ParametersAreFoundByNameAndDecoded) {
  Request request;
  request.query = "a=1&b%63=x%20y&empty=&flag&a=2&bad=%z";
  EXPECT_EQ(request.query_parameter("a"), "1");
  EXPECT_EQ(request.query_parameter("bc"), "x y");
  EXPECT_EQ(request.query_parameter("empty"), "");
  EXPECT_EQ(request.query_parameter("flag"), "");
  EXPECT_EQ(request.query_parameter("bad"), std::nullopt);
  EXPECT_EQ(request.query_parameter("missing"), std::nullopt);
}

TEST(FieldsOfAList, AreJoinedInTheirOrder) {
  const Fields fields{{"Via", "a"}, {"X-Forwarded-For", "1"}, {"x-forwarded-for", "2, 3"}};
  EXPECT_EQ(find_all(fields, "X-FORWARDED-FOR"), "1, 2, 3");
  EXPECT_EQ(find_all(fields, "Via"), "a");
  EXPECT_EQ(find_all(fields, "Forwarded"), std::nullopt);
}

std::string head_of(const Response& response, Framing framing, std::size_t length,
                    Persistence persistence) {
  std::string head;
  append_head(head, response, framing, length, persistence);
  const auto date = head.find("Date: ");
  EXPECT_EQ(head.substr(date + 35, 2), "\r\n") << head;
  return head.erase(date, 37);
}

TEST(Head, SaysWhatFollows) {
  Response response;
  response.status = 201;
  response.fields = {{"Location", "/x"}};
  EXPECT_EQ(head_of(response, Framing::length, 12, Persistence::implied),
            "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 12\r\n"
            "Location: /x\r\n\r\n");
  EXPECT_EQ(head_of(response, Framing::chunked, 0, Persistence::close),
            "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n"
            "Transfer-Encoding: chunked\r\nLocation: /x\r\nConnection: close\r\n\r\n");
  EXPECT_NE(head_of(response, Framing::until_close, 0, Persistence::said).find("keep-alive"),
            std::string::npos);
}

TEST(Head, OfAnAnswerWithoutABodyHasNoLength) {
  Response response;
  for (const unsigned status : {204U, 304U}) {
    response.status = status;
    const std::string head = head_of(response, Framing::length, 0, Persistence::implied);
    EXPECT_EQ(head.find("Content-"), std::string::npos) << head;
  }
}

TEST(Head, AValueCannotBecomeAFieldOfItsOwn) {
  Response response;
  response.fields = {{"Location", "/x\r\nSet-Cookie: a=b\n\r"}};
  EXPECT_NE(head_of(response, Framing::length, 0, Persistence::implied)
                .find("Location: /x  Set-Cookie: a=b  \r\n"),
            std::string::npos);
}

TEST(Problem, CarriesWhatItsCodeAsksFor) {
  EXPECT_EQ(find(problem(Error{Code::unauthorized, "x"}).fields, "WWW-Authenticate"), "Bearer");
  for (const Code code : {Code::unavailable, Code::vote_in_progress, Code::vote_pending})
    EXPECT_EQ(find(problem(Error{code, "x"}).fields, "Retry-After"), "1") << name(code);
  const auto body = nlohmann::json::parse(problem(Error{Code::not_found, "\"\n\xff"}).body);
  EXPECT_EQ(body.at("code"), "not_found");
  EXPECT_EQ(body.at("status"), 404);
  EXPECT_TRUE(body.at("detail").get<std::string>().starts_with("\"\n"));
}

}  // namespace
}  // namespace vote::http
