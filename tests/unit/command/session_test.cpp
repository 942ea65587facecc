#include "command/session.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "command/failure.h"

namespace vote::command {
namespace {

const Time kExpires = time_of(1'800'000'000'000'000);

class SessionTest : public testing::Test {
 protected:
  ~SessionTest() override { std::filesystem::remove_all(folder_); }

  static std::filesystem::path new_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "vote-session.XXXXXX").string();
    return ::mkdtemp(name.data());
  }

  std::filesystem::path folder_ = new_folder();
  SessionFile file_{(std::filesystem::path(folder_ / "state" / "vote" / "session.json")).string()};
};

TEST_F(SessionTest, WhatIsKeptIsFoundAgainForItsServerOnly) {
  EXPECT_FALSE(file_.find("http://a"));
  file_.keep("http://a", {"token a", kExpires});
  file_.keep("http://b", {"token b", kExpires});
  ASSERT_TRUE(file_.find("http://a"));
  EXPECT_EQ(file_.find("http://a")->token, "token a");
  EXPECT_EQ(file_.find("http://a")->expires_at, kExpires);
  EXPECT_EQ(file_.find("http://b")->token, "token b");
  EXPECT_FALSE(file_.find("http://c"));
}

TEST_F(SessionTest, OnlyItsOwnerCanReadIt) {
  file_.keep("http://a", {"token", kExpires});
  struct stat status {};
  ASSERT_EQ(::stat(file_.path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  const auto folder = std::filesystem::path(file_.path()).parent_path();
  ASSERT_EQ(::stat(folder.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
}

TEST_F(SessionTest, WhatIsForgottenIsGoneAndTheOthersStay) {
  file_.keep("http://a", {"token a", kExpires});
  file_.keep("http://b", {"token b", kExpires});
  EXPECT_TRUE(file_.forget("http://a"));
  EXPECT_FALSE(file_.forget("http://a"));
  EXPECT_FALSE(file_.find("http://a"));
  EXPECT_TRUE(file_.find("http://b"));
}

TEST_F(SessionTest, NoDraftOfTheFileIsLeft) {
  file_.keep("http://a", {"token", kExpires});
  const auto folder = std::filesystem::path(file_.path()).parent_path();
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator(folder)) ++files;
  EXPECT_EQ(files, 1U);
}

TEST_F(SessionTest, AFileOfSomethingElseIsNotReplaced) {
  std::filesystem::create_directories(std::filesystem::path(file_.path()).parent_path());
  std::ofstream(file_.path()) << "not ours";
  EXPECT_THROW(file_.find("http://a"), Failure);
  EXPECT_THROW(file_.keep("http://a", {"token", kExpires}), Failure);
}

TEST_F(SessionTest, AnEntryWithoutAnEndOrATokenIsNone) {
  std::filesystem::create_directories(std::filesystem::path(file_.path()).parent_path());
  std::ofstream(file_.path()) << R"({"http://a":{"token":"t"},"http://b":5})";
  EXPECT_FALSE(file_.find("http://a"));
  EXPECT_FALSE(file_.find("http://b"));
}

}  // namespace
}  // namespace vote::command
