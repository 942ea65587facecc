#include "config/network.h"

#include <gtest/gtest.h>

namespace vote {
namespace {

IpAddress address(std::string_view text) {
  return IpAddress::parse(text).value();
}
bool holds(std::string_view network, std::string_view other) {
  return Network::parse(network).value().contains(address(other));
}

TEST(IpAddresses, AreTheSameHoweverTheyAreWritten) {
  EXPECT_EQ(address("::ffff:192.0.2.7"), address("192.0.2.7"));
  EXPECT_EQ(address("::ffff:c000:207").text(), "192.0.2.7");
  EXPECT_EQ(address("2001:DB8:0:0::0007").text(), "2001:db8::7");
  EXPECT_TRUE(address("192.0.2.7").is_ipv4());
  EXPECT_FALSE(address("::1").is_ipv4());
}

TEST(IpAddresses, AreNothingElse) {
  using namespace std::string_view_literals;
  for (const auto text : {"", "localhost", "192.0.2", "192.0.2.256", "192.0.2.7:80", "192.0.2.07",
                          "[::1]", "fe80::1%eth0", " ::1", "1", "_hidden", "unknown"})
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  EXPECT_FALSE(IpAddress::parse("::1\0"sv));
  EXPECT_FALSE(IpAddress::parse(std::string(1'000, '1')));
}

TEST(IpAddresses, LoseWhatIsBehindAPrefix) {
  EXPECT_EQ(address("2001:db8:1:2:3:4:5:6").prefix(64).text(), "2001:db8:1:2::");
  EXPECT_EQ(address("2001:db8:1:ffff::").prefix(60).text(), "2001:db8:1:fff0::");
  EXPECT_EQ(address("192.0.2.7").prefix(128).text(), "192.0.2.7");
  EXPECT_EQ(address("192.0.2.7").prefix(0).text(), "::");
}

TEST(Networks, HoldTheAddressesOfTheirPrefix) {
  EXPECT_TRUE(holds("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(holds("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(holds("10.0.0.1/8", "10.255.0.1"));
  EXPECT_TRUE(holds("192.0.2.6/31", "::ffff:192.0.2.7"));
  EXPECT_FALSE(holds("192.0.2.6/31", "192.0.2.8"));
  EXPECT_TRUE(holds("192.0.2.7", "192.0.2.7"));
  EXPECT_FALSE(holds("192.0.2.7", "192.0.2.8"));
  EXPECT_TRUE(holds("fd00::/8", "fd12::1"));
  EXPECT_FALSE(holds("fd00::/8", "fe80::1"));
  EXPECT_TRUE(holds("0.0.0.0/0", "192.0.2.7"));
  EXPECT_FALSE(holds("0.0.0.0/0", "2001:db8::7"));
  EXPECT_TRUE(holds("::/0", "2001:db8::7"));
}

TEST(Networks, AreNothingElse) {
  for (const auto* text : {"", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8 ",
                           "::/129", "10/8", "localhost/8", "10.0.0.0/8/8", "10.0.0.0/4294967304"})
    EXPECT_FALSE(Network::parse(text)) << text;
}

}  // namespace
}  // namespace vote
