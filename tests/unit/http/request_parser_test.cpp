#include "http/request_parser.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vote::http {
namespace {

constexpr RequestLimits kLimits{1024, 100};

/// What came of bytes that arrive in pieces of `piece`; 0: at once.
struct Parsed {
  explicit Parsed(const std::string& bytes, std::size_t piece = 0) : parser(kLimits) {
    std::string kept;
    for (std::size_t at = 0; at < bytes.size() && going_on();) {
      const std::size_t length = piece == 0 ? bytes.size() : std::min(piece, bytes.size() - at);
      kept += bytes.substr(at, length);
      at += length;
      for (std::size_t taken = 1; taken > 0 && !kept.empty() && going_on();) {
        taken = parser.feed(kept);
        kept.erase(0, taken);
      }
      if (at >= bytes.size()) rest = kept;
    }
  }
  bool going_on() const { return !parser.complete() && !parser.refusal(); }
  unsigned refused() const { return parser.refusal() ? parser.refusal()->status : 0; }

  RequestParser parser;
  std::string rest;
};

std::string with_fields(const std::vector<std::string>& lines, const std::string& body = "") {
  std::string request = "POST /x HTTP/1.1\r\nHost: a\r\n";
  for (const std::string& line : lines) request += line + "\r\n";
  return request + "\r\n" + body;
}

TEST(RequestParser, TakesARequestApart) {
  const Parsed parsed(
      "PATCH /v1/a%20b?x=%31&y HTTP/1.1\r\nHost: a\r\nX-Y:  two words \r\n"
      "Content-Length: 5\r\n\r\nhelloGET");
  ASSERT_TRUE(parsed.parser.complete());
  const Request& request = parsed.parser.request();
  EXPECT_EQ(request.method, Method::patch);
  EXPECT_EQ(request.path, "/v1/a b");
  EXPECT_EQ(request.query, "x=%31&y");
  EXPECT_EQ(request.field("x-y"), "two words");
  EXPECT_EQ(request.body, "hello");
  EXPECT_EQ(parsed.rest, "GET");
}

TEST(RequestParser, TakesItInAnyPieces) {
  const std::string chunked = with_fields({"Transfer-Encoding: Chunked"},
                                          "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: t\r\n\r\n");
  const std::string counted = with_fields({"Content-Length: 5"}, "abcde");
  for (const std::string& bytes : {chunked, counted})
    for (std::size_t piece = 1; piece < bytes.size(); ++piece) {
      const Parsed parsed(bytes, piece);
      ASSERT_TRUE(parsed.parser.complete()) << piece;
      EXPECT_EQ(parsed.parser.request().body, "abcde") << piece;
      EXPECT_FALSE(parsed.parser.request().field("Trailer")) << piece;
    }
}

TEST(RequestParser, SkipsEmptyLinesBeforeARequest) {
  EXPECT_TRUE(Parsed("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 1).parser.complete());
  EXPECT_NE(Parsed("\n\nGET / HTTP/1.1\r\nHost: a\r\n\r\n").refused(), 0U);
}

class Smuggling : public testing::TestWithParam<std::vector<std::string>> {};

TEST_P(Smuggling, IsRefusedWhateverPiecesItComesIn) {
  const std::string bytes =
      with_fields(GetParam(), "0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n");
  for (std::size_t piece = 0; piece < bytes.size(); ++piece) {
    const Parsed parsed(bytes, piece);
    EXPECT_EQ(parsed.refused(), 400U) << "in pieces of " << piece;
  }
}

INSTANTIATE_TEST_SUITE_P(
    RequestParser, Smuggling,
    testing::Values(std::vector<std::string>{"Transfer-Encoding: chunked", "Content-Length: 5"},
                    std::vector<std::string>{"Content-Length: 5", "Transfer-Encoding: chunked"},
                    std::vector<std::string>{"Content-Length: 5", "Content-Length: 6"},
                    std::vector<std::string>{"Content-Length: 5", "Content-Length: 5"},
                    std::vector<std::string>{"Content-Length: 5, 5"},
                    std::vector<std::string>{"Content-Length: +5"},
                    std::vector<std::string>{"Content-Length: -5"},
                    std::vector<std::string>{"Content-Length: 0x5"},
                    std::vector<std::string>{"Content-Length: 5 5"},
                    std::vector<std::string>{"Content-Length:"},
                    std::vector<std::string>{"Content-Length: 5;"},
                    std::vector<std::string>{"Content-Length : 5"},
                    std::vector<std::string>{"Transfer-Encoding: gzip"},
                    std::vector<std::string>{"Transfer-Encoding: gzip", "Content-Length: 5"},
                    std::vector<std::string>{"Transfer-Encoding: chunked, identity"},
                    std::vector<std::string>{"Transfer-Encoding: gzip, chunked"},
                    std::vector<std::string>{"Transfer-Encoding: identity"},
                    std::vector<std::string>{"Transfer-Encoding: xchunked"},
                    std::vector<std::string>{"Transfer-Encoding: chunked;q=1"},
                    std::vector<std::string>{"Transfer-Encoding: \"chunked\""},
                    std::vector<std::string>{"Transfer-Encoding:"},
                    std::vector<std::string>{"Transfer-Encoding: chunked",
                                             "Transfer-Encoding: chunked"},
                    std::vector<std::string>{"Transfer-Encoding : chunked"},
                    std::vector<std::string>{"Transfer-Encoding:\x0b"
                                             "chunked"},
                    std::vector<std::string>{"Transfer-Encoding: chunked\x01"},
                    std::vector<std::string>{"X: a", " Transfer-Encoding: chunked"},
                    std::vector<std::string>{"X: a", "\tb"}, std::vector<std::string>{"X:", " b"},
                    std::vector<std::string>{"nonsense"}, std::vector<std::string>{": x"},
                    std::vector<std::string>{"X: a\rb"}, std::vector<std::string>{"X: a\nY: b"},
                    std::vector<std::string>{std::string("X: a\0b", 6)},
                    std::vector<std::string>{"X y: b"}, std::vector<std::string>{"Host: b"}));

TEST(RequestParser, TheAbsoluteFormIsItsPathAndQuery) {
  const Parsed parsed("GET http://votes.example:8080/v1/polls?limit=2 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(parsed.parser.request().path, "/v1/polls");
  EXPECT_EQ(parsed.parser.request().query, "limit=2");
  EXPECT_EQ(Parsed("GET http://votes.example HTTP/1.1\r\nHost: a\r\n\r\n").parser.request().path,
            "/");
}

TEST(RequestParser, RefusesWhatIsNoRequestLine) {
  for (const char* line : {"GET /",
                           "GET / HTTP/9.9",
                           "GET / HTTP/2.0",
                           "/ HTTP/1.1",
                           "GET  / HTTP/1.1",
                           "GET / HTTP/1.1 ",
                           "GET /a\nb HTTP/1.1",
                           "GET /%4 HTTP/1.1",
                           "GET /%zz HTTP/1.1",
                           "GET /a#b HTTP/1.1",
                           "GET /?a#b HTTP/1.1",
                           "GET http:///a HTTP/1.1",
                           "GET * HTTP/1.1",
                           "GET ftp://a/ HTTP/1.1",
                           "GET /?a=%zz HTTP/1.1",
                           "GET http://a/../x HTTP/1.1",
                           "GET /../x HTTP/1.1",
                           "GET /%2e%2e/x HTTP/1.1",
                           "GET /a%2fb HTTP/1.1",
                           "G\x01T / HTTP/1.1",
                           "\x16\x03\x01",
                           "GET /\xc3\xa4 HTTP/1.1"})
    EXPECT_EQ(Parsed(std::string(line) + "\r\nHost: a\r\n\r\n").refused(), 400U) << line;
}

TEST(RequestParser, OneHostIsNeededThatIsAHost) {
  EXPECT_EQ(Parsed("GET / HTTP/1.1\r\n\r\n").refused(), 400U);
  EXPECT_TRUE(Parsed("GET / HTTP/1.0\r\n\r\n").parser.complete());
  EXPECT_TRUE(Parsed("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n").parser.complete());
  for (const char* host : {"a/b", "a@b", "a b", "a,b"})
    EXPECT_EQ(Parsed("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n").refused(), 400U)
        << host;
}

TEST(RequestParser, RefusesWhatIsNoChunk) {
  for (const char* body : {"x\r\n", "-1\r\na\r\n", "1\r\nab\r\n0\r\n\r\n", "1 \nab\r\n0\r\n\r\n",
                           "0x1\r\na\r\n\r\n", "FFFFFFFFFFFFFFFFF\r\n", "\r\n\r\n\r\n"})
    EXPECT_NE(Parsed(with_fields({"Transfer-Encoding: chunked"}, body)).refused(), 0U) << body;
  const std::string in_1_0 = "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
  EXPECT_EQ(Parsed(in_1_0).refused(), 400U);
}

TEST(RequestParser, LimitsWhatIsSent) {
  const std::string big(101, 'x');
  EXPECT_EQ(Parsed(with_fields({"Content-Length: 101"})).refused(), 413U);
  EXPECT_NE(Parsed(with_fields({"Content-Length: 999999999999999999999999"})).refused(), 0U);
  EXPECT_EQ(Parsed(with_fields({"Transfer-Encoding: chunked"}, "65\r\n" + big + "\r\n")).refused(),
            413U);
  const std::string two_chunks = "33\r\n" + big.substr(0, 51) + "\r\n33\r\n" + big.substr(0, 51);
  EXPECT_EQ(Parsed(with_fields({"Transfer-Encoding: chunked"}, two_chunks + "\r\n")).refused(),
            413U);
  EXPECT_EQ(Parsed(with_fields({"X: " + std::string(2'000, 'x')})).refused(), 431U);
  EXPECT_EQ(Parsed("GET /" + std::string(10'000, 'a')).refused(), 414U);
  EXPECT_EQ(Parsed(with_fields({"X: " + std::string(2'000, 'x')}), 7).refused(), 431U);
  EXPECT_EQ(Parsed("GET /" + std::string(10'000, 'a'), 7).refused(), 414U);
}

TEST(RequestParser, ATrailerWithoutEndIsRefused) {
  std::string endless = "0\r\n";
  for (int n = 0; n < 1'000; ++n) endless += "X: y\r\n";
  EXPECT_NE(Parsed(with_fields({"Transfer-Encoding: chunked"}, endless)).refused(), 0U);
  EXPECT_NE(Parsed(with_fields({"Transfer-Encoding: chunked"}, endless), 10).refused(), 0U);
}

TEST(RequestParser, ManySmallFieldsAreRefused) {
  RequestParser parser({100'000, 100});
  std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int n = 0; n < 200; ++n) bytes += "X: y\r\n";
  parser.feed(bytes + "\r\n");
  ASSERT_TRUE(parser.refusal());
  EXPECT_EQ(parser.refusal()->status, 431U);
}

TEST(RequestParser, TellsOnceThatTheClientWaitsForItsGoAhead) {
  RequestParser parser(kLimits);
  parser.feed(with_fields({"Expect: 100-Continue", "Content-Length: 5"}));
  EXPECT_TRUE(parser.take_expectation());
  EXPECT_FALSE(parser.take_expectation());
  RequestParser whole(kLimits);
  whole.feed(with_fields({"Expect: 100-continue", "Content-Length: 1"}, "x"));
  EXPECT_FALSE(whole.take_expectation());
}

}  // namespace
}  // namespace vote::http
