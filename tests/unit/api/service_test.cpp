// The name under which a vote-api holds its lease: a poll that is closed by hand asks each name, so
// two processes of one name are one too few.
#include "api/service.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

#include "runtime/blocking.h"
#include "world/engine.h"
#include "world/process.h"

namespace vote {
namespace {

class ServiceOfAnApi : public testing::Test {
 protected:
  std::unique_ptr<Service> start(const Config& config) {
    auto service = std::make_unique<Service>(
        config, Tokens("a secret of a test, long enough to be one"),
        Service::Parts{engine_.store, engine_.queue, engine_.cache, clock_, stop_}, metrics_);
    service->start();
    return service;
  }
  std::vector<std::string> names() {
    const auto leases = wait_for<Result<std::vector<LeaseInfo>>>(
        [&](auto done) { engine_.store.leases(std::move(done)); });
    std::vector<std::string> names;
    for (const LeaseInfo& lease : *leases) names.push_back(lease.name);
    return names;
  }
  static Config listening_on(const std::string& address) {
    Config config;
    config.api.listen = address;
    config.api.threads = 1;
    return config;
  }
  static std::string machine() {
    std::array<char, 256> name{};
    EXPECT_EQ(::gethostname(name.data(), name.size() - 1), 0);
    return name.data();
  }

  const SystemClock clock_;
  const test::EngineFiles files_;
  test::Engine engine_{files_, clock_};
  Stop stop_;
  metrics::Registry metrics_;
  const std::string port_ = ':' + std::to_string(test::free_port());
};

using Names = std::vector<std::string>;

TEST_F(ServiceOfAnApi, GoesByItsMachineAndAddressForAnotherMachineMayHaveTheSameAddress) {
  const auto service = start(listening_on("0.0.0.0" + port_));
  EXPECT_EQ(names(), Names{machine() + "/0.0.0.0" + port_});
}

TEST_F(ServiceOfAnApi, HasANameOfItsOwnOnEachAddressOfAMachine) {
  const auto one = start(listening_on("127.0.0.1" + port_));
  const auto other = start(listening_on("127.0.0.2" + port_));
  EXPECT_EQ(names(), (Names{machine() + "/127.0.0.1" + port_, machine() + "/127.0.0.2" + port_}));
}

TEST_F(ServiceOfAnApi, GoesByTheNameThatItIsGiven) {
  Config config = listening_on("127.0.0.1:0");
  EXPECT_THROW(start(config), ConfigError) << "which would be another at its next start";
  config.api.name = "one";
  const auto service = start(config);
  EXPECT_EQ(names(), Names{"one"});
}

TEST_F(ServiceOfAnApi, CannotTakeOverTheLeaseOfOneThatListensStill) {
  const auto service = start(listening_on("0.0.0.0" + port_));
  for (const std::string host : {"0.0.0.0", "127.0.0.1"})
    EXPECT_THROW(start(listening_on(host + port_)), ConfigError) << host;
  EXPECT_EQ(names(), Names{machine() + "/0.0.0.0" + port_});
}

}  // namespace
}  // namespace vote
