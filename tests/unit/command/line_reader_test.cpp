#include "command/line_reader.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

#include "command/failure.h"

namespace vote::command {
namespace {

class LineReaderTest : public testing::Test {
 protected:
  LineReaderTest() {
    const int number = ::mkstemp(path_.data());
    ::close(number);
  }
  ~LineReaderTest() override { std::filesystem::remove(path_); }

  std::vector<std::string> lines(const std::string& content) {
    std::ofstream(path_, std::ios::binary) << content;
    LineReader reader(path_);
    std::vector<std::string> found;
    for (std::string line; reader.wait_for_next(line);) found.push_back(line);
    EXPECT_EQ(reader.lines(), found.size());
    EXPECT_EQ(reader.bytes_read(), content.size());
    EXPECT_EQ(reader.bytes_total(), content.size());
    return found;
  }

  std::string path_ = (std::filesystem::temp_directory_path() / "vote-lines.XXXXXX").string();
};

using Lines = std::vector<std::string>;

TEST_F(LineReaderTest, GivesEachLineWithoutItsNewline) {
  EXPECT_EQ(lines("a\n\nb c\r\n"), (Lines{"a", "", "b c\r"}));
  EXPECT_EQ(lines(""), Lines{});
}

TEST_F(LineReaderTest, ALastLineNeedsNoNewline) {
  EXPECT_EQ(lines("a\nb"), (Lines{"a", "b"}));
}

TEST_F(LineReaderTest, LinesAreWholeWhereverTheReadsEnd) {
  Lines many;
  std::string content;
  for (int i = 0; i < 30'000; ++i) content += many.emplace_back("line " + std::to_string(i)) + "\n";
  EXPECT_EQ(lines(content), many);
}

TEST_F(LineReaderTest, OfALineThatIsTooLongTheRestIsDropped) {
  const std::string most(LineReader::line_bytes_max, 'x');
  const Lines found = lines(most + "\n" + most + most + most + "\nafter\n");
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0], most);
  EXPECT_EQ(found[1], most + "x");
  EXPECT_EQ(found[2], "after");
}

TEST_F(LineReaderTest, WhatIsNotThereYetIsSaidInsteadOfWaitedFor) {
  std::filesystem::remove(path_);
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  std::fstream writer(path_);  // both ways, so that opening waits for nobody
  LineReader reader(path_);
  EXPECT_TRUE(std::holds_alternative<LineReader::NotYet>(reader.next()));
  writer << "a\nhalf" << std::flush;
  const auto first = reader.next();
  ASSERT_TRUE(std::holds_alternative<std::string>(first));
  EXPECT_EQ(std::get<std::string>(first), "a");
  EXPECT_TRUE(std::holds_alternative<LineReader::NotYet>(reader.next()));
  EXPECT_EQ(reader.bytes_total(), 0U);
  writer.close();
  const auto last = reader.next();
  ASSERT_TRUE(std::holds_alternative<std::string>(last));
  EXPECT_EQ(std::get<std::string>(last), "half");
  EXPECT_TRUE(std::holds_alternative<LineReader::End>(reader.next()));
}

TEST_F(LineReaderTest, AFileThatCannotBeReadIsNamed) {
  try {
    LineReader("/no/such/file");
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_STREQ(failure.what(), "cannot open /no/such/file: No such file or directory");
  }
}

}  // namespace
}  // namespace vote::command
