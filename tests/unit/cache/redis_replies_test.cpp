#include <gtest/gtest.h>

#include "cache/redis/resp.h"

namespace vote::redis {
namespace {

TEST(RedisReplies, AreReadHoweverTheyComeInPieces) {
  ReplyReader reader;
  for (const char byte : std::string("*2\r\n$5\r\nhello\r\n:7\r\n")) {
    EXPECT_FALSE(reader.next());
    reader.feed({&byte, 1});
  }
  const auto reply = reader.next();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->view().at(0).text(), "hello");
  EXPECT_EQ(reply->view().at(1).number(), 7);
  EXPECT_FALSE(reply->view().at(2));
}

TEST(RedisReplies, AnArrayThatIsLongerThanAnyAnswerTakesNoMemory) {
  for (const int parts : {kReplyPartsMax + 1, 2'147'483'647}) {
    ReplyReader reader;
    reader.feed("*" + std::to_string(parts) + "\r\n:1\r\n");
    EXPECT_THROW(reader.next(), ProtocolError) << parts;
  }
}

}  // namespace
}  // namespace vote::redis
