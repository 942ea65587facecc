#include "program/input.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace vote::program {
namespace {

std::string name_of_pipe(int end) {
  return "/proc/self/fd/" + std::to_string(end);
}

TEST(Input, ReadsAFileToItsEnd) {
  const std::string path = testing::TempDir() + "input_" + std::to_string(::getpid());
  std::string content;
  for (int i = 0; i < 50'000; ++i) content += "line " + std::to_string(i) + '\n';
  std::ofstream(path) << content;
  const Stop stop;
  Input input(path, stop);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(input.stream()), {}), content);
  ::unlink(path.c_str());
}

TEST(Input, APipeInWhichNothingComesEndsWithTheStop) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  ASSERT_EQ(::write(ends[1], "one\n", 4), 4);
  Stop stop;
  Input input(name_of_pipe(ends[0]), stop);
  std::string line;
  ASSERT_TRUE(std::getline(input.stream(), line));
  EXPECT_EQ(line, "one");
  std::thread stopper([&stop] { stop.request(); });
  EXPECT_FALSE(std::getline(input.stream(), line));
  stopper.join();
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(Input, AFileThatIsNotThereIsNamed) {
  const Stop stop;
  try {
    const Input input("/no/such/votes", stop);
    FAIL() << "opened what is not there";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "cannot read /no/such/votes: No such file or directory");
  }
}

TEST(Input, AFolderIsNamed) {
  const Stop stop;
  Input input(testing::TempDir(), stop);
  EXPECT_THROW(input.stream().rdbuf()->sgetc(), std::runtime_error);
}

}  // namespace
}  // namespace vote::program
