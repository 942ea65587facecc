#include "config/config.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "config/url.h"

namespace vote {
namespace {

class ConfigTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& text, const std::string& name = "vote.toml") const {
    const std::filesystem::path path = folder_ + "/" + name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path.string();
  }
  Config load(const std::string& text) const { return load_config({write(text), {}, {}, nullptr}); }
  static std::string refusal(const ConfigSources& sources) {
    try {
      load_config(sources);
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "";
  }
  std::string refusal(const std::string& text) const {
    return refusal(ConfigSources{write(text), {}, {}, nullptr});
  }

  const std::string folder_ = testing::TempDir() + "config_" +
                              testing::UnitTest::GetInstance()->current_test_info()->name();
};

void expect_parts(const std::string& message, std::initializer_list<const char*> parts) {
  for (const char* part : parts)
    EXPECT_NE(message.find(part), std::string::npos) << part << " in: " << message;
}

TEST_F(ConfigTest, AnEmptyFileIsTheDefaults) {
  EXPECT_EQ(to_toml(load("")), to_toml(Config{}));
}

TEST_F(ConfigTest, EveryTypeIsRead) {
  const Config config = load(
      "[api]\nlisten = '[::1]:0'\nthreads = 3\nlease = '1min'\ntrusted_proxies = ['10.0.0.0/8', "
      "'::1']\n"
      "[auth]\nrequire_verified_email = true\n[limits]\ndevices_per_user = 0\n"
      "votes_per_ip_per_minute = 10000000\n"
      "[log]\nfile = \"a \\\"b\\\".log\"\n");
  EXPECT_EQ(config.api.listen, "[::1]:0");
  EXPECT_EQ(config.api.threads, 3U);
  EXPECT_EQ(config.api.lease, std::chrono::minutes(1));
  EXPECT_TRUE(config.auth.require_verified_email);
  EXPECT_EQ(config.api.trusted_proxies, (std::vector<std::string>{"10.0.0.0/8", "::1"}));
  EXPECT_EQ(config.limits.devices_per_user, 0U);
  EXPECT_EQ(config.limits.votes_per_ip_per_minute, 10'000'000U);
  EXPECT_EQ(config.log.file, "a \"b\".log");
}

TEST_F(ConfigTest, WhatIsPrintedReadsBackTheSame) {
  Config config;
  config.store.url = "sqlite:///with \"quotes\" and \\ and \x01 and ü";
  config.api.threads = 7;
  config.api.max_body_bytes = 1'000'000;
  config.polls.grace = std::chrono::milliseconds(1500);
  config.auth.require_verified_email = true;
  config.limits.votes_per_ip_per_minute = 0;
  config.log.level = "debug";
  const std::string printed = to_toml(config);
  EXPECT_EQ(to_toml(load(printed)), printed);
  EXPECT_EQ(load(printed).store.url, config.store.url);
}

TEST_F(ConfigTest, PasswordsInUrlsAreNotPrinted) {
  Config config;
  config.store.url = "postgresql://vote:s3cret@db/vote?sslmode=require";
  config.queue.url = "postgresql://db/vote?password=s3cret&x=1";
  config.cache.url = "redis://:s3cret@[::1]:6379/0";
  const std::string printed = to_toml(config);
  EXPECT_EQ(printed.find("s3cret"), std::string::npos) << printed;
  expect_parts(printed, {"postgresql://vote:***@db/vote?sslmode=require",
                         "postgresql://db/vote?password=***&x=1", "redis://:***@[::1]:6379/0"});
}

TEST_F(ConfigTest, APasswordBehindAnotherOneIsHiddenToo) {
  EXPECT_EQ(without_password("a://name:b&password=/c&d@host"), "a://name:***@host");
}

TEST_F(ConfigTest, WhatIsUnknownIsNamedWithItsLine) {
  expect_parts(refusal("# comment\n[api]\nlisten = '127.0.0.1:1'\nthread = 1\n"),
               {"vote.toml:4", "thread", "[api]", "listen, threads"});
  expect_parts(refusal("\n\n[stor]\nurl = 'x'\n"), {"vote.toml:3", "[stor]", "[store]"});
  expect_parts(refusal("threads = 1\n"), {"vote.toml:1", "threads"});
  expect_parts(refusal("store = 1\n"), {"vote.toml:1", "store"});
}

TEST_F(ConfigTest, WhatIsNoTomlIsNamedWithItsLine) {
  expect_parts(refusal("[api]\n[store\n"), {"vote.toml:2"});
  expect_parts(refusal("[api]\nthreads = 1\nthreads = 2\n"), {"vote.toml:3"});
  expect_parts(refusal("[api]\nname = '\xFF'\n"), {"vote.toml:2"});
}

TEST_F(ConfigTest, ValuesOfAnotherTypeAreRefused) {
  for (const char* value : {"'many'", "1.5", "-1", "true", "[1]", "1979-05-27", "4294967296", "{}"})
    expect_parts(refusal("[api]\nthreads = " + std::string(value) + "\n"),
                 {"vote.toml:2", "api.threads", "a whole number"});
  expect_parts(refusal("[auth]\nrequire_verified_email = 1\n"), {"true or false"});
  expect_parts(refusal("[polls]\ngrace = 5\n"), {"polls.grace", "length of time"});
  expect_parts(refusal("[polls]\ngrace = '5 fortnights'\n"), {"polls.grace", "length of time"});
  expect_parts(refusal("[api]\nname = 5\n"), {"api.name", "text"});
}

TEST_F(ConfigTest, ValuesOutOfRangeAreRefused) {
  for (const char* text : {"[worker]\nbatch_size = 0",
                           "[worker]\nbatch_size = 1000000",
                           "[worker]\nbatch_wait = '1h'",
                           "[api]\nthreads = 100000",
                           "[api]\nmax_body_bytes = 1",
                           "[api]\nlease = '1s'",
                           "[api]\nstop_delay = '21s'",
                           "[api]\nlisten = 'nowhere'",
                           "[api]\nlisten = ''",
                           "[metrics]\nlisten = 'nowhere'",
                           "[polls]\ngrace = '2h'",
                           "[auth]\nsecret_file = ''",
                           "[auth]\ntoken_ttl = '0s'",
                           "[log]\nlevel = 'loud'",
                           "[log]\nformat = 'xml'",
                           "[limits]\nvotes_per_ip_per_minute = 10000001",
                           "[limits]\ndevices_per_user = 1001",
                           "[api]\nforwarded_header = 'via'",
                           "[api]\ntrusted_proxies = ['localhost']",
                           "[api]\ntrusted_proxies = ['10.0.0.0/33']",
                           "[queue]\ntopic = 'a b'",
                           "[queue]\ndead_letter_topic = 'a/b'",
                           "[queue]\npartitions = 0",
                           "[api]\npublic_url = 'vote.example'",
                           "[api]\npublic_url = 'https://vote.example/path'",
                           "[api]\nname = \"a\\nb\""})
    expect_parts(refusal(std::string(text) + "\n"), {"vote.toml:2", "must"});
}

TEST_F(ConfigTest, WhatIsNotBuiltYetTakesItsDefaultAlone) {
  for (const char* text : {"[api]\ntls_certificate = 'c'", "[api]\ntls_key = 'k'"})
    expect_parts(refusal(std::string(text) + "\n"), {"vote.toml:2", "for now"});
}

TEST_F(ConfigTest, KafkaPropertiesAreHandedThroughHoweverTheyAreWritten) {
  const std::string file = write(
      "[queue.kafka]\nlinger.ms = 5\n\"security.protocol\" = 'SASL_SSL'\n"
      "enable.ssl.certificate.verification = true\nclient.id = 'file'\n");
  ConfigSources sources;
  sources.file = file;
  sources.environment = {"VOTE_QUEUE_KAFKA_SASL_PASSWORD=hush"};
  sources.overrides = {{"queue.kafka.client.id", "flag"}};
  const Config config = load_config(sources);
  const std::map<std::string, std::string> expected{{"linger.ms", "5"},
                                                    {"security.protocol", "SASL_SSL"},
                                                    {"enable.ssl.certificate.verification", "true"},
                                                    {"client.id", "flag"},
                                                    {"sasl.password", "hush"}};
  EXPECT_EQ(config.queue.kafka, expected);
}

TEST_F(ConfigTest, KafkaPropertiesAreJudgedByTheProgramAndNamedByTheirLine) {
  const std::string file = write("[queue]\n[queue.kafka]\nclient.id = 'a'\nacks = 1\n");
  ConfigSources sources;
  sources.file = file;
  sources.also_check = [](std::string_view key, const Config& config) {
    return key == "queue.kafka.acks" ? "must not be " + config.queue.kafka.at("acks")
                                     : std::string();
  };
  try {
    load_config(sources);
    FAIL() << "taken";
  } catch (const ConfigError& error) {
    expect_parts(error.what(), {"vote.toml:4", "queue.kafka.acks must not be 1"});
  }
  expect_parts(refusal("[queue]\nkafka = 1\n"), {"vote.toml:2", "queue.kafka"});
  expect_parts(refusal("[queue.kafka]\na.b = [1]\n"), {"vote.toml:2", "queue.kafka.a.b", "text"});
}

TEST_F(ConfigTest, KafkaPropertiesArePrintedAndTheirPasswordsAreNot) {
  Config config;
  config.queue.kafka = {{"client.id", "me"},
                        {"sasl.password", "hush"},
                        {"ssl.key.pem", "hush"},
                        {"ssl.key.password", "hush"},
                        {"sasl.oauthbearer.client.secret", "hush"}};
  const std::string printed = to_toml(config);
  EXPECT_EQ(printed.find("hush"), std::string::npos);
  ConfigSources sources;
  sources.file = write(printed);
  const Config again = load_config(sources);
  EXPECT_EQ(again.queue.kafka.at("client.id"), "me");
  EXPECT_EQ(again.queue.kafka.at("sasl.password"), "***");
  EXPECT_EQ(again.cache.url, config.cache.url);
}

TEST_F(ConfigTest, VariablesGoBeforeTheFileAndFlagsBeforeVariables) {
  const std::string file = write("[api]\nlisten = '127.0.0.1:1'\nthreads = 1\nname = 'file'\n");
  const Config config =
      load_config({file,
                   {"VOTE_API_THREADS=2", "VOTE_API_NAME=variable", "HOME=/nowhere"},
                   {{"api.name", "flag"}},
                   nullptr});
  EXPECT_EQ(config.api.listen, "127.0.0.1:1");
  EXPECT_EQ(config.api.threads, 2U);
  EXPECT_EQ(config.api.name, "flag");
}

TEST_F(ConfigTest, VariablesAreReadByTheTypeOfTheirKey) {
  const Config config = load_config(
      {write(""),
       {"VOTE_AUTH_REQUIRE_VERIFIED_EMAIL=true", "VOTE_LIMITS_VOTES_PER_USER_PER_5_MINUTES=0",
        "VOTE_WORKER_BATCH_WAIT=2ms", "VOTE_API_TRUSTED_PROXIES="},
       {},
       nullptr});
  EXPECT_TRUE(config.auth.require_verified_email);
  EXPECT_EQ(config.limits.votes_per_user_per_5_minutes, 0U);
  EXPECT_EQ(config.worker.batch_wait, std::chrono::milliseconds(2));
}

TEST_F(ConfigTest, VariablesAndFlagsThatDoNotHoldAreNamed) {
  const std::string file = write("");
  expect_parts(refusal({file, {"VOTE_API_LISTN=127.0.0.1:1"}, {}, nullptr}), {"VOTE_API_LISTN"});
  expect_parts(refusal({file, {"VOTE_API_THREADS=two"}, {}, nullptr}),
               {"VOTE_API_THREADS", "a whole number"});
  expect_parts(refusal({file, {}, {{"api.thread", "1"}}, nullptr}),
               {"--set api.thread", "threads"});
  expect_parts(refusal({file, {}, {{"threads", "1"}}, nullptr}), {"section.key=value"});
  expect_parts(refusal({file, {}, {{"api.threads", "-1"}}, nullptr}), {"api.threads"});
}

TEST_F(ConfigTest, VariablesAndFlagsThatAreNoUtf8AreNamed) {
  const std::string file = write("");
  expect_parts(refusal({file, {"VOTE_LOG_FILE=t\xE9l"}, {}, nullptr}),
               {"VOTE_LOG_FILE", "must be UTF-8"});
  expect_parts(refusal({file, {}, {{"queue.kafka.client.id", "t\xE9l"}}, nullptr}),
               {"queue.kafka.client.id", "must be UTF-8"});
  EXPECT_EQ(refusal({file, {"VOTE_LOG_FILE=t\u00E9l"}, {}, nullptr}), "");
}

TEST_F(ConfigTest, WhatCannotNameAPropertyOfLibrdkafkaIsNamed) {
  const std::string file = write("");
  const char* why = "must be a property of librdkafka: lower-case letters";
  expect_parts(refusal({file, {}, {{"queue.kafka.t\xE9l", "1"}}, nullptr}), {"queue.kafka", why});
  expect_parts(refusal({file, {}, {{"queue.kafka.a://b:c@d", "1"}}, nullptr}), {why});
  EXPECT_EQ(refusal({file, {"VOTE_QUEUE_KAFKA_LINGER_MS=5"}, {}, nullptr}), "");
  expect_parts(refusal({write("[queue.kafka]\n'Linger.ms' = 5\n"), {}, {}, nullptr}),
               {"vote.toml:2", "queue.kafka.Linger.ms", why});
}

TEST_F(ConfigTest, TheClientsVariablesAreNoKeys) {
  EXPECT_EQ(refusal({write(""), {"VOTE_URL=http://x", "VOTE_TOKEN=abc", "OTHER=1"}, {}, nullptr}),
            "");
}

TEST_F(ConfigTest, WhatOnlyTheProgramCanJudgeIsNamedWithItsPlace) {
  const auto judge = [](std::string_view key, const Config& config) -> std::string {
    return key == "store.url" && config.store.url == "oracle://x" ? "must be sqlite:" : "";
  };
  EXPECT_EQ(refusal({write("[store]\nurl = 'oracle://x'\n"), {}, {}, judge}),
            folder_ + "/vote.toml:2: store.url must be sqlite:");
}

TEST_F(ConfigTest, AFileThatWasNamedMustBeReadable) {
  expect_parts(refusal(ConfigSources{"/no/such/vote.toml", {}, {}, nullptr}),
               {"/no/such/vote.toml", "No such file"});
  expect_parts(refusal(ConfigSources{folder_, {}, {}, nullptr}), {folder_.c_str(), "folder"});
}

TEST_F(ConfigTest, TheUsersOwnFileIsFound) {
  write("[api]\nthreads = 5\n", "xdg/vote/vote.toml");
  write("[api]\nthreads = 6\n", ".config/vote/vote.toml");
  const auto threads = [](const std::vector<std::string>& environment) {
    return load_config({"", environment, {}, nullptr}).api.threads;
  };
  EXPECT_EQ(threads({"XDG_CONFIG_HOME=" + folder_ + "/xdg", "HOME=" + folder_}), 5U);
  EXPECT_EQ(threads({"HOME=" + folder_}), 6U);
  EXPECT_EQ(threads({"XDG_CONFIG_HOME=relative", "HOME=" + folder_}), 6U);
}

}  // namespace
}  // namespace vote
