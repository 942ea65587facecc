#include "program/program.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <new>
#include <nlohmann/json.hpp>
#include <sstream>

#include "config/config.h"
#include "program/backend/backend.h"

namespace vote::program {
namespace {

struct Ended {
  int status = 0;
  std::string out, err;
};

class ProgramTest : public testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(config_) << "[api]\nthreads = 3\n";
    // What other tests are told is no configuration of these programs.
    for (const std::string& entry : process_environment())
      if (entry.starts_with("VOTE_")) ::unsetenv(entry.substr(0, entry.find('=')).c_str());
  }
  void TearDown() override { ::unlink(config_.c_str()); }

  /// With this test's configuration, unless the arguments name another one.
  Ended run(const Program& program, std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {program.name, "-c", config_});
    return run_bare(program, std::move(arguments));
  }
  static Ended run_bare(const Program& program, std::vector<std::string> arguments) {
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    Ended run;
    run.status = run_program(program, static_cast<int>(arguments.size()), argv.data());
    run.out = testing::internal::GetCapturedStdout();
    run.err = testing::internal::GetCapturedStderr();
    return run;
  }
  static Program tool(std::function<ExitCode(Environment&)> run) {
    return {.name = "vote-test", .summary = "tests", .run = std::move(run)};
  }
  static Program daemon(std::function<ExitCode(Environment&)> run) {
    return {.name = "vote-test", .summary = "tests", .daemon = true, .run = std::move(run)};
  }

  const std::string config_ = testing::TempDir() + "program_" +
                              testing::UnitTest::GetInstance()->current_test_info()->name() +
                              ".toml";
};

ExitCode must_not_run(Environment& /*environment*/) {
  ADD_FAILURE() << "was run";
  return ExitCode::failed;
}

TEST_F(ProgramTest, ItsExitCodeIsTheStatus) {
  EXPECT_EQ(run(tool([](Environment&) { return ExitCode::refused; }), {}).status, 7);
  EXPECT_EQ(run(tool([](Environment&) { return ExitCode::ok; }), {}).status, 0);
}

TEST_F(ProgramTest, HelpEndsWithTheCatalogueOfExitCodes) {
  const Ended help = run(tool(must_not_run), {"--help"});
  EXPECT_EQ(help.status, 0);
  EXPECT_EQ(help.err, "");
  for (const char* part : {"--config", "--set", "--check-config", "--print-config", "--version"})
    EXPECT_NE(help.out.find(part), std::string::npos) << part;
  for (const ExitCodeEntry& entry : exit_codes())
    EXPECT_NE(help.out.find(entry.meaning), std::string::npos) << entry.meaning;
}

TEST_F(ProgramTest, AFlagNobodyKnowsIsAUsageError) {
  const Ended wrong = run(tool(must_not_run), {"--no-such-flag"});
  EXPECT_EQ(wrong.status, static_cast<int>(ExitCode::usage));
  EXPECT_NE(wrong.err.find("--no-such-flag"), std::string::npos);
  EXPECT_NE(wrong.err.find("vote-test --help"), std::string::npos);
}

TEST_F(ProgramTest, FlagsGoBeforeTheFile) {
  Program program = tool([](Environment& environment) {
    EXPECT_EQ(environment.config.api.threads, 5U);
    EXPECT_EQ(environment.config.api.listen, "127.0.0.1:9");
    EXPECT_EQ(environment.config.api.name, "a=b");
    return ExitCode::ok;
  });
  program.key_flags = {{"--listen", "api.listen", "where to listen"}};
  const Ended done = run(program, {"--set", "api.threads=4", "--set", "api.threads=5",
                                   "--set=api.name=a=b", "--listen", "127.0.0.1:9"});
  EXPECT_EQ(done.status, 0) << done.err;
}

TEST_F(ProgramTest, LookingAtTheConfigurationNeedsNoSubcommandAndNoRequiredFlag) {
  Program program = tool(must_not_run);
  std::string needed;
  program.add_flags = [&needed](CLI::App& app) {
    app.add_option("--needed", needed)->required();
    app.add_subcommand("verb");
    app.require_subcommand(1);
  };
  const Ended printed = run(program, {"--print-config"});
  EXPECT_EQ(printed.status, 0) << printed.err;
  EXPECT_NE(printed.out.find("threads = 3"), std::string::npos);
  EXPECT_EQ(run(program, {"--check-config"}).status, 0);
  EXPECT_EQ(run(program, {"verb"}).status, static_cast<int>(ExitCode::usage));
  EXPECT_EQ(run(program, {"--needed", "x"}).status, static_cast<int>(ExitCode::usage));
}

TEST_F(ProgramTest, CommonFlagsMayFollowASubcommand) {
  Program program = tool([](Environment& environment) {
    EXPECT_EQ(environment.config.api.threads, 6U);
    return ExitCode::ok;
  });
  program.add_flags = [](CLI::App& app) { app.add_subcommand("verb"); };
  EXPECT_EQ(run(program, {"verb", "--set", "api.threads=6"}).status, 0);
}

TEST_F(ProgramTest, EveryExceptionIsOneMessageAndItsExitCode) {
  const auto fails_with = [this](auto error, ExitCode code, const std::string& message) {
    const Ended failed = run(tool([error](Environment&) -> ExitCode { throw error; }), {});
    EXPECT_EQ(failed.status, static_cast<int>(code));
    EXPECT_EQ(failed.err, "vote-test: " + message + "\n");
  };
  fails_with(ConfigError("a key"), ExitCode::config, "a key");
  fails_with(StorageError("a file"), ExitCode::storage, "a file");
  fails_with(std::runtime_error("a port"), ExitCode::failed, "a port");
  fails_with(std::bad_alloc(), ExitCode::failed, "there is not enough memory");
  fails_with(7, ExitCode::failed, "an error of an unknown kind");
}

TEST_F(ProgramTest, ADaemonsErrorIsALineOfItsLogAlsoBeforeItIsConfigured) {
  const Ended failed =
      run(daemon([](Environment&) -> ExitCode { throw StorageError("a file"); }), {});
  EXPECT_EQ(failed.status, static_cast<int>(ExitCode::storage));
  const Ended wrong = run(daemon(must_not_run), {"--set", "api.threads=many"});
  EXPECT_EQ(wrong.status, static_cast<int>(ExitCode::config));
  for (const auto& [err, reason] : {std::pair{failed.err, "a file"}, {wrong.err, "api.threads"}}) {
    std::istringstream lines(err);
    nlohmann::json last;
    for (std::string line; std::getline(lines, line);) last = nlohmann::json::parse(line);
    EXPECT_EQ(last["level"], "ERROR");
    EXPECT_NE(last["reason"].get<std::string>().find(reason), std::string::npos);
  }
}

TEST_F(ProgramTest, CheckingTheConfigurationOfADaemonAnswersInWords) {
  const Ended wrong = run(daemon(must_not_run), {"--check-config", "--set", "api.threads=many"});
  EXPECT_EQ(wrong.status, static_cast<int>(ExitCode::config));
  EXPECT_TRUE(wrong.err.starts_with("vote-test: flags: api.threads")) << wrong.err;
}

TEST_F(ProgramTest, ADaemonStopsOnATermAndLogsWhereItIsTold) {
  const std::string log = config_ + ".log";
  const Ended done = run(daemon([](Environment& environment) {
                           environment.ready();
                           ::kill(::getpid(), SIGTERM);
                           while (!environment.stop.wait(std::chrono::seconds(1))) {
                           }
                           return ExitCode::ok;
                         }),
                         {"--set", "log.file=" + log, "--set", "log.format=text"});
  EXPECT_EQ(done.status, 0);
  EXPECT_EQ(done.err, "");
  std::ifstream file(log);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  for (const char* event : {"starting", "ready", "stopping", "stopped"})
    EXPECT_NE(text.find(event), std::string::npos) << event;
  ::unlink(log.c_str());
}

TEST_F(ProgramTest, ALogThatCannotBeOpenedIsNamed) {
  const Ended failed = run(daemon(must_not_run), {"--set", "log.file=" + testing::TempDir()});
  EXPECT_EQ(failed.status, static_cast<int>(ExitCode::config));
  EXPECT_NE(failed.err.find(testing::TempDir()), std::string::npos);
}

TEST_F(ProgramTest, ADaemonMayHaveAsManyFilesAsItIsAllowed) {
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlim_t most = limit.rlim_max;
  limit.rlim_cur = std::min<rlim_t>(256, most);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  run(daemon([](Environment&) { return ExitCode::ok; }), {});
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(limit.rlim_cur, most);
}

}  // namespace
}  // namespace vote::program
