#include "config/address.h"

#include <gtest/gtest.h>

#include <set>

#include "config/exit_code.h"

namespace vote {
namespace {

TEST(Address, IsAHostAndAPort) {
  for (const auto& [text, host, port] : {std::tuple{"127.0.0.1:8080", "127.0.0.1", 8080},
                                         {"localhost:0", "localhost", 0},
                                         {"[::1]:65535", "::1", 65535},
                                         {"a-b.example:1", "a-b.example", 1}}) {
    const auto address = parse_address(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->host, host);
    EXPECT_EQ(address->port, port);
  }
}

TEST(Address, IsNothingElse) {
  for (const char* text : {"", ":", "8080", ":8080", "host:", "host:x", "host:-1", "host:65536",
                           "host:80x", "::1:80", "[]:80", "[host]:80", "a b:80", "http://a:80"})
    EXPECT_FALSE(parse_address(text)) << text;
}

TEST(ExitCodes, AreListedOnceInOrder) {
  int next = 0;
  for (const ExitCodeEntry& entry : exit_codes()) {
    EXPECT_EQ(static_cast<int>(entry.code), next++);
    EXPECT_FALSE(entry.meaning.empty());
  }
  EXPECT_EQ(next, static_cast<int>(ExitCode::inconclusive) + 1);
}

}  // namespace
}  // namespace vote
