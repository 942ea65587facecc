#include "config/origin.h"

#include <gtest/gtest.h>

namespace vote {
namespace {

TEST(Origin, HasTheSchemesOwnPortUnlessOneIsGiven) {
  EXPECT_EQ(parse_origin("http://vote.example"), (Origin{"http", "vote.example", 80}));
  EXPECT_EQ(parse_origin("https://vote.example"), (Origin{"https", "vote.example", 443}));
  EXPECT_EQ(parse_origin("https://vote.example:8443"), (Origin{"https", "vote.example", 8443}));
  EXPECT_EQ(parse_origin("http://[::1]:8080"), (Origin{"http", "::1", 8080}));
  EXPECT_EQ(parse_origin("http://[::1]"), (Origin{"http", "::1", 80}));
}

TEST(Origin, IsTheSameInAnyCase) {
  EXPECT_EQ(parse_origin("HTTPS://Vote.Example"), parse_origin("https://vote.example:443"));
  EXPECT_NE(parse_origin("https://vote.example"), parse_origin("http://vote.example:443"));
}

TEST(Origin, IsNothingElse) {
  for (const char* text :
       {"", "null", "vote.example", "//vote.example", "ftp://vote.example", "https://",
        "https://vote.example/", "https://vote.example/path", "https://a@vote.example",
        "https://vote.example:", "https://vote.example:0", "https://vote.example:99999",
        "https://vote.example?x", "https://vote.example#x", "https://vote example", "https://:443",
        "https://[::1", "https://vote.example:443:443"})
    EXPECT_FALSE(parse_origin(text)) << text;
}

}  // namespace
}  // namespace vote
