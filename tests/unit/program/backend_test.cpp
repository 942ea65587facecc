#include "program/backend/backend.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "runtime/blocking.h"

namespace vote::program {
namespace {

class BackendTest : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_);
    config_.store.url = "sqlite://" + folder_ + "/vote.db";
    config_.queue.url = "sqlite://" + folder_ + "/queue.db";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string refusal() const {
    try {
      check_urls(config_);
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "";
  }

  const std::string folder_ = testing::TempDir() + "backend_" +
                              testing::UnitTest::GetInstance()->current_test_info()->name();
  const SystemClock clock_;
  Config config_;
};

TEST_F(BackendTest, KnownUrlsAreFine) {
  EXPECT_EQ(refusal(), "");
}

TEST_F(BackendTest, AnUnknownSchemeIsNamedWithThoseThereAre) {
  config_.store.url = "oracle://vote:secret@host/db";
  const std::string said = refusal();
  for (const char* part : {"store.url", "oracle", "sqlite:///"})
    EXPECT_NE(said.find(part), std::string::npos) << said;
  EXPECT_EQ(said.find("secret"), std::string::npos) << said;
}

TEST_F(BackendTest, UrlsThatDoNotParseAreRefused) {
  for (const char* url : {"", "sqlite", "sqlite:", "sqlite://", "sqlite:///", "sqlite://vote.db",
                          "sqlite:vote.db", "sqlite:///folder/", "sqlite:///a.db?mode=ro"}) {
    config_.store.url = url;
    EXPECT_NE(refusal().find("store.url must"), std::string::npos) << url;
  }
}

TEST_F(BackendTest, TheCacheInMemoryHasNoParameters) {
  config_.cache.url = "memory:big";
  EXPECT_NE(refusal().find("cache.url must"), std::string::npos);
}

TEST_F(BackendTest, UrlsOfRedisThatDoNotParseAreRefusedWithoutTheirPassword) {
  for (const char* url : {"redis:", "redis://:s3cret/@host", "redis://s3cret@host",
                          "rediss://:s3cret@host:port", "redis://:s3cret@host?ca=/file"}) {
    config_.cache.url = url;
    EXPECT_NE(refusal().find("cache.url must be like redis://"), std::string::npos) << refusal();
    EXPECT_EQ(refusal().find("s3cret"), std::string::npos) << refusal();
  }
}

TEST_F(BackendTest, ARedisThatIsNotThereEndsNoProgram) {
  config_.cache.url = "redis://127.0.0.1:1/0?prefix=vote:";
  EXPECT_EQ(refusal(), "");
  EXPECT_FALSE(open_cache(config_, clock_)->reachable());
}

TEST_F(BackendTest, CertificatesThatAreNotThereAreAnErrorOfTheConfiguration) {
  config_.cache.url = "rediss://127.0.0.1:1/?ca=/nowhere/ca.pem";
  EXPECT_EQ(refusal(), "");
  try {
    open_cache(config_, clock_);
    FAIL() << "no exception";
  } catch (const ConfigError& error) {
    EXPECT_NE(std::string(error.what()).find("cache.url: cannot use"), std::string::npos);
  }
}

TEST_F(BackendTest, StoreAndQueueInOneFileAreRefusedByWhateverName) {
  config_.queue.url = "sqlite://" + folder_ + "/./vote.db";
  EXPECT_NE(refusal().find("same file"), std::string::npos);
  std::ofstream(folder_ + "/vote.db") << "";
  std::filesystem::create_hard_link(folder_ + "/vote.db", folder_ + "/link.db");
  config_.queue.url = "sqlite://" + folder_ + "/link.db";
  EXPECT_NE(refusal().find("same file"), std::string::npos);
}

TEST_F(BackendTest, WhatIsEmptyIsMigratedAndOpens) {
  EXPECT_THROW(open_store(config_, clock_), StorageError);
  migrate_empty(config_);
  const auto store = open_store(config_, clock_);
  const auto queue = open_queue(config_, clock_);
  const auto cache = open_cache(config_, clock_);
  const auto status =
      wait_for<Result<QueueStatus>>([&](auto done) { queue->status(std::move(done)); });
  ASSERT_TRUE(status);
  EXPECT_EQ(status->topic, "votes");
  EXPECT_NO_THROW(migrate_empty(config_));
}

TEST_F(BackendTest, StatusMakesNoFileAndMigrateReportsWhatStoodBefore) {
  const command::Backends backends = backends_of(config_, clock_);
  for (const command::SchemaReport& report : backends.status()) {
    EXPECT_EQ(report.applied, 0) << report.part;
    EXPECT_GT(report.known, 0) << report.part;
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
  const auto before = backends.migrate("queue");
  ASSERT_EQ(before.size(), 1U);
  EXPECT_EQ(before.front().applied, 0);
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/vote.db"));
  EXPECT_EQ(backends.migrate("").size(), 2U);
  const auto after = backends.status();
  ASSERT_EQ(after.size(), 2U);
  for (const command::SchemaReport& report : after) EXPECT_EQ(report.applied, report.known);
  EXPECT_EQ(after[0].part, "store");
  EXPECT_EQ(after[1].part, "queue");
}

TEST_F(BackendTest, AnotherPartsFileIsRefusedAndNamed) {
  migrate_empty(config_);
  std::swap(config_.store.url, config_.queue.url);
  try {
    migrate_empty(config_);
    FAIL() << "took a queue for a store";
  } catch (const StorageError& error) {
    EXPECT_NE(std::string(error.what()).find("queue.db"), std::string::npos);
  }
}

TEST_F(BackendTest, WhatIsNoDatabaseIsLeftAsItIs) {
  const std::string content(5000, 'x');
  std::ofstream(folder_ + "/vote.db") << content;
  EXPECT_THROW(migrate_empty(config_), StorageError);
  std::ifstream file(folder_ + "/vote.db");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), content);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

}  // namespace
}  // namespace vote::program
