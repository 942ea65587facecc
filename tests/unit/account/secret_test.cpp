#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "account/token.h"

namespace vote {
namespace {

constexpr mode_t kOwnerOnly = 0600;

class SecretFile : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& content, mode_t mode = kOwnerOnly) {
    std::ofstream(path_, std::ios::binary) << content;
    ::chmod(path_.c_str(), mode);
    return path_;
  }
  static std::string refusal(const std::string& path) {
    try {
      read_secret_file(path);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  }

  const std::string folder_ = testing::TempDir() + "secret_" +
                              testing::UnitTest::GetInstance()->current_test_info()->name();
  const std::string path_ = folder_ + "/secret";
  const std::string secret_ = "0123456789abcdef0123456789abcdef";
};

TEST_F(SecretFile, LosesOneTrailingNewline) {
  EXPECT_EQ(read_secret_file(write(secret_)), secret_);
  EXPECT_EQ(read_secret_file(write(secret_ + "\n")), secret_);
  EXPECT_EQ(read_secret_file(write(secret_ + "\n\n")), secret_ + "\n");
}

TEST_F(SecretFile, AMissingOneIsNamedWithHowToMakeIt) {
  const std::string said = refusal(path_);
  EXPECT_NE(said.find(path_), std::string::npos);
  EXPECT_NE(said.find("head -c 32 /dev/urandom"), std::string::npos);
}

TEST_F(SecretFile, AShortOneIsRefused) {
  EXPECT_NE(refusal(write("")).find("0 bytes"), std::string::npos);
  EXPECT_NE(refusal(write(secret_.substr(1) + "\n")).find("31 bytes"), std::string::npos);
}

TEST_F(SecretFile, ALongOneIsRefused) {
  EXPECT_NE(refusal(write(std::string(5000, 'x'))).find("4096"), std::string::npos);
}

TEST_F(SecretFile, OneThatOthersCanReadOrChangeIsRefused) {
  for (const mode_t mode : {0644U, 0604U, 0602U, 0620U, 0666U})
    EXPECT_NE(refusal(write(secret_, mode)).find("chmod 600"), std::string::npos) << mode;
  EXPECT_EQ(refusal(write(secret_, 0640)), "");
}

TEST_F(SecretFile, AFolderIsRefused) {
  EXPECT_NE(refusal(folder_).find("file"), std::string::npos);
}

}  // namespace
}  // namespace vote
