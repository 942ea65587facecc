#include "load/response_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vote::load {
namespace {

struct Sample {
  std::string name;
  std::string bytes;
  unsigned status;
  bool closes;
};

const std::vector<Sample>& samples() {
  static const std::vector<Sample> all = {
      {"Length", "HTTP/1.1 202 Accepted\r\nContent-Length: 5\r\nX: y\r\n\r\nhello", 202, false},
      {"AnyCase", "HTTP/1.1 409 Conflict\r\nCONTENT-length:2\r\n\r\n{}", 409, false},
      {"EmptyBody", "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", 201, false},
      {"NoBodyByStatus", "HTTP/1.1 204 No Content\r\n\r\n", 204, false},
      {"NotModified", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", 304, false},
      {"NoReason", "HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx", 200, false},
      {"HeadEndInBody", "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n\r\n\r\n\r\n\r\n", 200, false},
      {"Chunked",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
       "5\r\nhello\r\n1A;x=y\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n",
       200, false},
      {"Trailer",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nA: b\r\nC: d\r\n\r\n",
       200, false},
      {"Interim",
       "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
       "HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}",
       202, false},
      {"Close", "HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx", 503, true},
      {"Http10", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", 200, true},
      {"Http10Kept", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx", 200,
       false},
  };
  return all;
}

void feed_all(ResponseReader& reader, std::string_view bytes) {
  while (!bytes.empty() && !reader.complete() && !reader.broken())
    bytes.remove_prefix(reader.feed(bytes));
}

class ResponseReaderOf : public testing::TestWithParam<Sample> {};
INSTANTIATE_TEST_SUITE_P(Samples, ResponseReaderOf, testing::ValuesIn(samples()),
                         [](const auto& sample) { return sample.param.name; });

TEST_P(ResponseReaderOf, EndsAtTheAnswersEndAndNoByteLater) {
  ResponseReader reader;
  EXPECT_EQ(reader.feed(GetParam().bytes + "HTTP/1.1 200"), GetParam().bytes.size());
  EXPECT_TRUE(reader.complete());
  EXPECT_EQ(reader.status(), GetParam().status);
  EXPECT_EQ(reader.closes(), GetParam().closes);
}

TEST_P(ResponseReaderOf, IsTheSameWhereverTheBytesAreSplit) {
  const std::string& bytes = GetParam().bytes;
  for (std::size_t first = 1; first < bytes.size(); ++first)
    for (std::size_t second = first; second < bytes.size(); ++second) {
      ResponseReader reader;
      const std::string_view all = bytes;
      feed_all(reader, all.substr(0, first));
      feed_all(reader, all.substr(first, second - first));
      ASSERT_FALSE(reader.complete() || reader.broken()) << first << ' ' << second;
      feed_all(reader, all.substr(second));
      ASSERT_TRUE(reader.complete()) << first << ' ' << second;
      ASSERT_EQ(reader.status(), GetParam().status);
    }
}

TEST(ResponseReader, ReadsOneAnswerAfterAnother) {
  std::string bytes;
  for (const Sample& sample : samples()) bytes += sample.bytes;
  std::string_view rest = bytes;
  ResponseReader reader;
  for (const Sample& sample : samples()) {
    rest.remove_prefix(reader.feed(rest));
    ASSERT_TRUE(reader.complete()) << sample.name;
    EXPECT_EQ(reader.status(), sample.status) << sample.name;
    reader.next();
  }
  EXPECT_TRUE(rest.empty());
}

TEST(ResponseReader, TakesABodyWithoutALengthUntilTheConnectionEnds) {
  ResponseReader reader;
  feed_all(reader, "HTTP/1.1 200 OK\r\n\r\nsome");
  EXPECT_FALSE(reader.complete());
  reader.end();
  EXPECT_TRUE(reader.complete());
  EXPECT_TRUE(reader.closes());
}

TEST(ResponseReader, IsBrokenWhereTheConnectionEndsInsideAnAnswer) {
  ResponseReader reader;
  feed_all(reader, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell");
  reader.end();
  EXPECT_TRUE(reader.broken());
}

TEST(ResponseReader, RefusesWhatIsNoAnswer) {
  for (const std::string_view bytes : {
           "SSH-2.0-OpenSSH_9.2\r\n\r\n",
           "HTTP/2 200\r\n\r\n",
           "HTTP/1.1 2x0 OK\r\n\r\n",
           "HTTP/1.1 700 Odd\r\n\r\n",
           "\r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n",
       }) {
    ResponseReader reader;
    feed_all(reader, bytes);
    EXPECT_TRUE(reader.broken()) << bytes;
  }
}

TEST(ResponseReader, RefusesAHeadWithoutAnEnd) {
  ResponseReader reader;
  feed_all(reader, "HTTP/1.1 200 OK\r\nX: " + std::string(kAnswerHeadBytesMax, 'x'));
  EXPECT_TRUE(reader.broken());
}

}  // namespace
}  // namespace vote::load
