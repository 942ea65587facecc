#include "command/display.h"

#include <gtest/gtest.h>

namespace vote::command {
namespace {

TEST(Display, TextThatCannotSteerATerminalStaysAsItIs) {
  for (const char* text : {"", "plain", "Žižek 本 🎉", "a\\nb", "e\u0301"})
    EXPECT_EQ(harmless(text), text);
}

TEST(Display, ControlCharactersAreShownInsteadOfDone) {
  EXPECT_EQ(harmless("a\nb\tc"), "a\\nb\\tc");
  EXPECT_EQ(harmless("\x1b]0;t\x07"), "\\x1b]0;t\\x07");
  EXPECT_EQ(harmless(std::string_view("a\0b\x7f", 4)), "a\\x00b\\x7f");
  EXPECT_EQ(harmless("\u009b31m"), "\\u009b31m");  // CSI in one character
  EXPECT_EQ(harmless("a\u2028b"), "a\\u2028b");
}

TEST(Display, WhatTurnsTheDirectionOfTextIsShown) {
  EXPECT_EQ(harmless("a\u202eb\u2066c\u200fd"), "a\\u202eb\\u2066c\\u200fd");
}

TEST(Display, BytesThatAreNoUtf8AreShown) {
  EXPECT_EQ(harmless("a\xff"), "a\\xff");
  EXPECT_EQ(harmless("\xc3"), "\\xc3");                    // cut off
  EXPECT_EQ(harmless("\xc0\xaf"), "\\xc0\\xaf");           // overlong
  EXPECT_EQ(harmless("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // a surrogate
  EXPECT_EQ(harmless("\xf5\x80\x80\x80"), "\\xf5\\x80\\x80\\x80");
}

TEST(Display, AColumnOfAPipeHoldsNeitherTabsNorLineEnds) {
  EXPECT_EQ(column_text("a\tb\nc\rd\\e"), "a\\tb\\nc\\rd\\\\e");
  EXPECT_EQ(column_text("\x1b[31m Ž"), "\x1b[31m Ž");
}

TEST(Display, WidthCountsColumnsNotBytes) {
  EXPECT_EQ(display_width("abc"), 3U);
  EXPECT_EQ(display_width("Žižek"), 5U);
  EXPECT_EQ(display_width("本"), 2U);
  EXPECT_EQ(display_width("e\u0301"), 1U);
}

TEST(Display, CutsAtAColumnAndSaysSo) {
  EXPECT_EQ(cut_to("abcdef", 6), "abcdef");
  EXPECT_EQ(cut_to("abcdef", 4), "abc…");
  EXPECT_EQ(cut_to("日本語", 4), "日…");  // a wide character is not cut in half
  EXPECT_EQ(cut_to("abc", 0), "");
}

TEST(Display, PadsByColumns) {
  EXPECT_EQ(padded("本", 4, Side::left), "本  ");
  EXPECT_EQ(padded("12", 4, Side::right), "  12");
  EXPECT_EQ(padded("longer", 3, Side::left), "longer");
}

TEST(Display, LowerCaseKnowsMoreThanAscii) {
  EXPECT_EQ(lower_case("ŽIŽEK Tea ÄÖ"), "žižek tea äö");
  EXPECT_EQ(lower_case("a\xff"
                       "B"),
            "a\xff"
            "b");
}

}  // namespace
}  // namespace vote::command
