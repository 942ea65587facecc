#include "command/console.h"

#include <gtest/gtest.h>

#include <sstream>

namespace vote::command {
namespace {

constexpr Terminal kPipe{};
constexpr Terminal kTerminal{true, true, true, 80, true};

class ConsoleTest : public testing::Test {
 protected:
  Console console(Terminal terminal, Wishes wishes = {}) {
    return {"votectl", output_, errors_, terminal, wishes};
  }

  std::ostringstream output_;
  std::ostringstream errors_;
};

Table table_of(const std::string& text) {
  Table table({{"TEXT"}});
  table.add({text});
  return table;
}

TEST_F(ConsoleTest, ATableHasAHeadingOnATerminalOnly) {
  console(kTerminal).print(table_of("a"));
  console(kPipe).print(table_of("b"));
  EXPECT_EQ(output_.str(), "TEXT\na\nb\n");
}

TEST_F(ConsoleTest, WordsGoToStderrAndDataToStdout) {
  Console pipe = console(kPipe);
  pipe.say("done");
  pipe.complain("what happened");
  pipe.detail("more");
  EXPECT_EQ(errors_.str(), "done\nvotectl: what happened\n");
  EXPECT_EQ(output_.str(), "");
}

TEST_F(ConsoleTest, QuietKeepsErrorsAndVerboseSaysMore) {
  Console quiet = console(kPipe, {.quiet = true});
  quiet.say("done");
  quiet.complain("what happened");
  console(kPipe, {.verbose = true}).detail("more");
  EXPECT_EQ(errors_.str(), "votectl: what happened\nmore\n");
}

TEST_F(ConsoleTest, NothingThatSteersReachesATerminal) {
  Console terminal = console(kTerminal);
  terminal.print(table_of("a\x1b[2J"));
  terminal.print_json("{\"a\":\"\x1b[2J\"}");
  terminal.say("a\x1b[2J");
  terminal.complain("a\u202e");
  EXPECT_EQ(output_.str().find('\x1b'), std::string::npos);
  EXPECT_EQ(errors_.str(), "a\\x1b[2J\nvotectl: a\\u202e\n");
}

TEST_F(ConsoleTest, JsonIsALineInAPipeByteForByte) {
  Console pipe = console(kPipe);
  pipe.print_json("{\"a\":\"\u202e\"}\n");
  pipe.print_json("{}");
  EXPECT_EQ(output_.str(), "{\"a\":\"\u202e\"}\n{}\n");
}

TEST_F(ConsoleTest, ProgressIsForTerminalsAndGoneBeforeWords) {
  console(kPipe).progress("1 %");
  EXPECT_EQ(errors_.str(), "");
  Console terminal = console(kTerminal);
  terminal.progress("1 %");
  terminal.complain("what happened");
  EXPECT_EQ(errors_.str(), "\r\x1b[K1 %\r\x1b[Kvotectl: what happened\n");
}

TEST_F(ConsoleTest, ColourIsOffWhereItIsNotWanted) {
  EXPECT_TRUE(console(kTerminal).terminal().colour);
  EXPECT_FALSE(console(kTerminal, {.no_color = true}).terminal().colour);
}

TEST_F(ConsoleTest, OutputThatIsNotTakenIsAnError) {
  Console pipe = console(kPipe);
  pipe.print("data");
  EXPECT_NO_THROW(pipe.finish());
  output_.setstate(std::ios::badbit);
  EXPECT_THROW(pipe.finish(), std::runtime_error);
}

}  // namespace
}  // namespace vote::command
