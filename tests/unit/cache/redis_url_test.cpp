#include <gtest/gtest.h>

#include <stdexcept>

#include "cache/redis/url.h"

namespace vote {
namespace {

TEST(RedisUrlText, ThatIsShortMeansTheUsual) {
  const RedisUrl url = parse_redis_url("redis://cache.example");
  EXPECT_EQ(url.host, "cache.example");
  EXPECT_EQ(url.port, 6379);
  EXPECT_EQ(url.password, "");
  EXPECT_EQ(url.database, 0U);
  EXPECT_FALSE(url.tls);
  EXPECT_EQ(url.prefix, "");
}

TEST(RedisUrlText, SaysEverything) {
  const RedisUrl url =
      parse_redis_url("rediss://vote:p%2Fss@[::1]:6380/3?ca=/etc/my%20ca.pem&prefix=v1:");
  EXPECT_TRUE(url.tls);
  EXPECT_EQ(url.user, "vote");
  EXPECT_EQ(url.password, "p/ss");
  EXPECT_EQ(url.host, "::1");
  EXPECT_EQ(url.port, 6380);
  EXPECT_EQ(url.database, 3U);
  EXPECT_EQ(url.ca, "/etc/my ca.pem");
  EXPECT_EQ(url.prefix, "v1:");
  EXPECT_EQ(url.place(), "[::1]:6380");
}

TEST(RedisUrlText, APasswordNeedsNoUserAndMayHoldAnAt) {
  const RedisUrl url = parse_redis_url("redis://:s3cr@t@127.0.0.1:1/");
  EXPECT_EQ(url.user, "");
  EXPECT_EQ(url.password, "s3cr@t");
  EXPECT_EQ(url.place(), "127.0.0.1:1");
}

TEST(RedisUrlText, AnIpv6AddressNeedsNoPort) {
  EXPECT_EQ(parse_redis_url("redis://[::1]").port, 6379);
  EXPECT_EQ(parse_redis_url("redis://[::1]").host, "::1");
}

TEST(RedisUrlText, WhatDoesNotParseIsRefusedWithoutItsPassword) {
  for (const char* url : {"",
                          "redis",
                          "redis:",
                          "redis:/",
                          "redis://",
                          "redis:///0",
                          "redis://:6379",
                          "redis://host:",
                          "redis://host:0",
                          "redis://host:65536",
                          "redis://host:port",
                          "redis://host/zero",
                          "redis://host/-1",
                          "redis://host/65536",
                          "redis://host/0/1",
                          "redis://s3cret@host",
                          "redis://:@host",
                          "redis://:s3cret%2@host",
                          "redis://:s3cret%00@host",
                          "redis://:s3cret/@host",
                          "redis://ho st",
                          "redis://host?db=1",
                          "redis://host?ca=/file",
                          "rediss://host?ca=file",
                          "redis://host#s3cret",
                          "redis://host?prefix=%zz",
                          "unix:///a",
                          "http://host:6379",
                          "redis://::1"}) {
    const std::string defect = redis_url_defect(url);
    EXPECT_TRUE(defect.starts_with("must be like redis://")) << url << ": " << defect;
    EXPECT_EQ(defect.find("s3cret"), std::string::npos) << defect;
    EXPECT_THROW(parse_redis_url(url), std::invalid_argument) << url;
  }
}

}  // namespace
}  // namespace vote
