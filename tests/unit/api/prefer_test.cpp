#include "api/prefer.h"

#include <gtest/gtest.h>

namespace vote::api {
namespace {

std::optional<std::uint32_t> wait_of(std::initializer_list<const char*> values) {
  http::Request request;
  for (const char* value : values) request.fields.emplace_back("pREFER", value);
  return preferred_wait_s(request);
}

TEST(Prefer, WaitIsFoundAmongOthers) {
  EXPECT_EQ(wait_of({"wait=2"}), 2U);
  EXPECT_EQ(wait_of({"respond-async, WAIT = \"7\" ; x=y"}), 7U);
  EXPECT_EQ(wait_of({"handling=lenient", "wait=3"}), 3U);
  EXPECT_EQ(wait_of({"wait=3, wait=4"}), 3U);
  EXPECT_EQ(wait_of({"wait=0"}), 0U);
}

TEST(Prefer, LongWishesAreCut) {
  EXPECT_EQ(wait_of({"wait=600"}), 10U);
  EXPECT_EQ(wait_of({"wait=99999999999999999999"}), 10U);
}

TEST(Prefer, WhatIsNoNumberOfSecondsIsIgnored) {
  for (const char* value : {"", "wait", "wait=", "wait=soon", "wait=-1", "wait=1.5", "wait=2x",
                            "await=2", "wait:2", ",;=", "wait=\"", "wait=\"\""})
    EXPECT_EQ(wait_of({value}), std::nullopt) << value;
  EXPECT_EQ(wait_of({}), std::nullopt);
}

}  // namespace
}  // namespace vote::api
