#include "log/log.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <vector>

namespace vote::log {
namespace {

class LogTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override {
    open({"test", Level::info, Format::text, ""});
    std::filesystem::remove_all(folder_);
  }

  static std::vector<std::string> lines(const std::string& path) {
    std::ifstream file(path);
    std::vector<std::string> found;
    for (std::string line; std::getline(file, line);) found.push_back(line);
    return found;
  }

  const std::string folder_ =
      testing::TempDir() + "log_" + testing::UnitTest::GetInstance()->current_test_info()->name();
  const std::string file_ = folder_ + "/vote.log";
};

TEST_F(LogTest, AnEventIsOneJsonObjectOnOneLine) {
  open({"vote-api", Level::info, Format::json, file_});
  info("poll_closed", {{"poll", "a\nb\"c\x1B\xFF"}, {"votes", 7}, {"early", true}, {"rate", 0.5}});
  const auto written = lines(file_);
  ASSERT_EQ(written.size(), 1U);
  const auto line = nlohmann::json::parse(written.front());
  EXPECT_EQ(line["level"], "INFO");
  EXPECT_EQ(line["service"], "vote-api");
  EXPECT_EQ(line["event"], "poll_closed");
  EXPECT_EQ(line["votes"], 7);
  EXPECT_EQ(line["early"], true);
  EXPECT_EQ(line["rate"], 0.5);
  EXPECT_EQ(line["poll"], "a\nb\"c\x1B\uFFFD");
  EXPECT_EQ(line["timestamp"].get<std::string>().size(), 27U);
}

TEST_F(LogTest, TextIsOneLineThatCannotSteerATerminal) {
  open({"vote-api", Level::info, Format::text, file_});
  warn("odd_title", {{"title", "a b\x1B[31m\n"}, {"poll", "plain"}, {"votes", 7}});
  const auto written = lines(file_);
  ASSERT_EQ(written.size(), 1U);
  EXPECT_NE(
      written.front().find(R"(WARN vote-api odd_title title="a b\u001b[31m\n" poll=plain votes=7)"),
      std::string::npos)
      << written.front();
}

TEST_F(LogTest, WhatIsBelowTheLevelIsNotWritten) {
  open({"test", Level::warn, Format::json, file_});
  EXPECT_FALSE(enabled(Level::info));
  info("unheard");
  warn("heard");
  open({"test", Level::off, Format::json, file_});
  error("unheard");
  EXPECT_EQ(lines(file_).size(), 1U);
}

TEST_F(LogTest, ReopenedItGoesOnInANewFile) {
  open({"test", Level::info, Format::json, file_});
  info("before");
  std::filesystem::rename(file_, file_ + ".1");
  info("still_before");
  reopen();
  info("after");
  EXPECT_EQ(lines(file_ + ".1").size(), 2U);
  ASSERT_EQ(lines(file_).size(), 1U);
  EXPECT_NE(lines(file_).front().find("after"), std::string::npos);
}

TEST_F(LogTest, AFileThatCannotBeReopenedLeavesTheOldOneOpen) {
  open({"test", Level::info, Format::json, file_});
  std::filesystem::rename(file_, file_ + ".1");
  std::filesystem::create_directory(file_);
  reopen();
  info("after");
  const auto written = lines(file_ + ".1");
  ASSERT_EQ(written.size(), 2U);
  EXPECT_NE(written[0].find("log_not_reopened"), std::string::npos);
  EXPECT_NE(written[1].find("after"), std::string::npos);
}

TEST_F(LogTest, AFileThatCannotBeOpenedIsNamed) {
  try {
    open({"test", Level::info, Format::json, folder_});
    FAIL() << "opened a folder";
  } catch (const std::runtime_error& failure) {
    EXPECT_NE(std::string(failure.what()).find(folder_), std::string::npos);
  }
}

TEST_F(LogTest, AFullDiskIsSurvived) {
  open({"test", Level::info, Format::json, "/dev/full"});
  EXPECT_NO_THROW(info("lost"));
}

TEST_F(LogTest, LinesOfManyThreadsStayWhole) {
  open({"test", Level::info, Format::json, file_});
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([] {
      for (int j = 0; j < 200; ++j) info("event", {{"text", std::string(100, 'x')}});
    });
  for (std::thread& thread : threads) thread.join();
  const auto written = lines(file_);
  EXPECT_EQ(written.size(), 800U);
  for (const std::string& line : written) EXPECT_TRUE(nlohmann::json::accept(line));
}

}  // namespace
}  // namespace vote::log
