#include "vote/text.h"

#include <gtest/gtest.h>

namespace vote {
namespace {

TEST(Text, ThatIsUtf8IsLeftAsItIs) {
  for (const char* text : {"", "plain", "t\u00E9l\u00E9phone \u20AC \U0001F5F3", "\x7F\x01"})
    EXPECT_EQ(as_utf8(text), text);
  EXPECT_EQ(as_utf8(std::string_view("a\0b", 3)), std::string_view("a\0b", 3));
}

TEST(Text, HasAReplacementForEachByteOfNoCharacter) {
  EXPECT_EQ(as_utf8("t\xE9l"), "t\uFFFDl");
  EXPECT_EQ(as_utf8("\xC3"), "\uFFFD") << "cut short";
  EXPECT_EQ(as_utf8("\xC0\xAF"), "\uFFFD\uFFFD") << "an overlong form";
  EXPECT_EQ(as_utf8("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD") << "a surrogate";
  EXPECT_EQ(as_utf8("\xF4\x90\x80\x80"), "\uFFFD\uFFFD\uFFFD\uFFFD") << "beyond Unicode";
  EXPECT_EQ(as_utf8("\xE2\x82\xE2\x82\xAC"), "\uFFFD\uFFFD\u20AC");
}

TEST(Text, IsCutWhereACharacterEnds) {
  EXPECT_EQ(as_utf8("abc", 2), "ab");
  EXPECT_EQ(as_utf8("ab\u20AC", 5), "ab\u20AC");
  EXPECT_EQ(as_utf8("ab\u20AC", 4), "ab");
  EXPECT_EQ(as_utf8("\xFF\xFF", 5), "\uFFFD");
  EXPECT_EQ(as_utf8("a", 0), "");
}

}  // namespace
}  // namespace vote
