#include "vote/base64url.h"

#include <gtest/gtest.h>

namespace vote {
namespace {

TEST(Base64Url, HasOneFormForEachText) {
  for (std::size_t length = 0; length < 40; ++length) {
    std::string bytes;
    for (std::size_t i = 0; i < length; ++i) bytes += static_cast<char>(i * 37 + 250);
    const std::string text = to_base64url(bytes);
    EXPECT_EQ(of_base64url(text), bytes);
    EXPECT_EQ(of_base64url(text + "="), std::nullopt);
    EXPECT_EQ(text.find_first_of("+/="), std::string::npos);
  }
}

TEST(Base64Url, IsStrict) {
  for (const char* text : {"YQ==", "YQ=", "Y", "YR", "YWJ+", "YW/j", "Y W", "YW\n", "YWJj\n"})
    EXPECT_EQ(of_base64url(text), std::nullopt) << text;
  EXPECT_EQ(of_base64url("YQ"), "a");
  EXPECT_EQ(to_base64url("a"), "YQ");
  EXPECT_EQ(to_base64url("\xFB\xEF\xFF"), "--__");
}

}  // namespace
}  // namespace vote
