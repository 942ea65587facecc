#include "command/bars.h"

#include <gtest/gtest.h>

#include <sstream>

#include "command/display.h"

namespace vote::command {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::size_t bar_width(const std::string& line) {
  const auto start = line.find("█");
  return start == std::string::npos ? 0 : display_width(line.substr(start));
}

TEST(Bars, ALineHasNumberTextVotesShareAndABar) {
  const auto lines = lines_of(draw_bars({{"Tea", 1200, 60}, {"Coffee", 800, 40}}, {60, false}));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].rfind("1  Tea     1,200   60.0 %  █", 0), 0U) << lines[0];
  EXPECT_EQ(lines[1].rfind("2  Coffee    800   40.0 %  █", 0), 0U) << lines[1];
}

TEST(Bars, AreAsLongAsTheirVotesAgainstTheMost) {
  const auto lines = lines_of(draw_bars({{"a", 10, 50}, {"b", 5, 25}, {"c", 0, 0}}, {80, false}));
  EXPECT_EQ(bar_width(lines[0]), 2 * bar_width(lines[1]));
  EXPECT_EQ(bar_width(lines[2]), 0U);
}

TEST(Bars, OneVoteAmongMillionsIsStillToBeSeen) {
  const auto lines = lines_of(draw_bars({{"a", 9'000'000, 100}, {"b", 1, 0}}, {80, false}));
  EXPECT_TRUE(lines[1].ends_with("▏")) << lines[1];
}

TEST(Bars, StayWithinTheTerminal) {
  const std::vector<Standing> standings{{std::string(300, 'x'), 123'456, 99.9}, {"b", 1, 0.1}};
  for (const std::size_t width : {40U, 80U, 200U})
    for (const std::string& line : lines_of(draw_bars(standings, {width, false})))
      EXPECT_LE(display_width(line), width) << line;
}

TEST(Bars, HoldNoColourUnlessItIsWantedAndNothingThatSteers) {
  const std::vector<Standing> standings{{"evil\x1b[2J", 1, 100}};
  EXPECT_EQ(draw_bars(standings, {80, false}).find('\x1b'), std::string::npos);
  const std::string coloured = draw_bars(standings, {80, true});
  EXPECT_NE(coloured.find("\x1b[32m█"), std::string::npos);
  EXPECT_EQ(coloured.find("\x1b[2J"), std::string::npos);
}

TEST(Bars, NoVotesAtAllAreNoBars) {
  EXPECT_EQ(draw_bars({{"a", 0, 0}}, {80, true}), "1  a  0    0.0 %\n");
  EXPECT_EQ(draw_bars({}, {80, true}), "");
}

TEST(Bars, NumbersAreGrouped) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(12'345'678), "12,345,678");
}

TEST(Bars, SharesHaveOneDecimal) {
  EXPECT_EQ(one_decimal(0), "0.0");
  EXPECT_EQ(one_decimal(66.7), "66.7");
  EXPECT_EQ(one_decimal(100), "100.0");
}

}  // namespace
}  // namespace vote::command
