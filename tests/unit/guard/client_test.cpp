#include "guard/client.h"

#include <gtest/gtest.h>

namespace vote {
namespace {

class ClientOfARequest : public testing::Test {
 protected:
  std::string ip(const http::Fields& fields, const std::string& peer = "10.0.0.1") const {
    http::Request request;
    request.peer = peer;
    request.fields = fields;
    const Client client = TrustedProxies(settings).client_of(request);
    if (const auto parsed = IpAddress::parse(client.ip); parsed) {
      EXPECT_EQ(client.address, *parsed);
    }
    return client.ip;
  }
  static std::uint64_t device(const http::Fields& fields) {
    http::Request request;
    request.fields = fields;
    return TrustedProxies(Config::Api{}).client_of(request).device;
  }
  static http::Fields forwarded(const std::string& list) { return {{"Forwarded", list}}; }
  static http::Fields x_forwarded_for(const std::string& list) {
    return {{"X-Forwarded-For", list}};
  }

  Config::Api settings = [] {
    Config::Api trusting;
    trusting.trusted_proxies = {"10.0.0.0/8", "2001:db8:ffff::/48"};
    return trusting;
  }();
};

TEST_F(ClientOfARequest, IsThePeerWhereThatIsNoTrustedProxy) {
  EXPECT_EQ(ip(x_forwarded_for("192.0.2.7"), "203.0.113.9"), "203.0.113.9");
  EXPECT_EQ(ip(forwarded("for=192.0.2.7"), "203.0.113.9"), "203.0.113.9");
  settings.trusted_proxies.clear();
  EXPECT_EQ(ip(x_forwarded_for("192.0.2.7")), "10.0.0.1");
}

TEST_F(ClientOfARequest, IsWhomATrustedProxyForwardsFor) {
  EXPECT_EQ(ip(x_forwarded_for("192.0.2.7")), "192.0.2.7");
  EXPECT_EQ(ip(forwarded("for=192.0.2.7")), "192.0.2.7");
  EXPECT_EQ(ip(forwarded("for=\"[2001:DB8::7]:80\""), "2001:db8:ffff::1"), "2001:db8::7");
}

TEST_F(ClientOfARequest, IsTheNearestHopThatIsNotTrusted) {
  EXPECT_EQ(ip(x_forwarded_for("1.1.1.1, 192.0.2.7, 10.9.9.9, 10.8.8.8")), "192.0.2.7");
  EXPECT_EQ(ip({{"X-Forwarded-For", "1.1.1.1"}, {"X-Forwarded-For", "192.0.2.7"}}), "192.0.2.7");
  EXPECT_EQ(ip(x_forwarded_for("10.9.9.9, 10.8.8.8")), "10.9.9.9") << "within the trusted network";
}

TEST_F(ClientOfARequest, IsTheLastTrustedProxyWhereTheHopIsNoAddress) {
  EXPECT_EQ(ip({}), "10.0.0.1");
  EXPECT_EQ(ip(x_forwarded_for("192.0.2.7, unknown")), "10.0.0.1");
  EXPECT_EQ(ip(forwarded("for=192.0.2.7, for=_hidden, for=10.8.8.8")), "10.8.8.8");
  EXPECT_EQ(ip(forwarded("for=\"192.0.2.7, for=192.0.2.8")), "10.0.0.1");
}

TEST_F(ClientOfARequest, IsNobodyWhomOnlyOneOfTwoFieldsNames) {
  const http::Fields forged{{"Forwarded", "for=1.1.1.1"}, {"X-Forwarded-For", "192.0.2.7"}};
  EXPECT_EQ(ip(forged), "10.0.0.1");
  EXPECT_EQ(ip({{"Forwarded", "for=192.0.2.7"}, {"X-Forwarded-For", "192.0.2.7"}}), "192.0.2.7");
  settings.forwarded_header = "x-forwarded-for";
  EXPECT_EQ(ip(forged), "192.0.2.7");
  EXPECT_EQ(ip(forwarded("for=1.1.1.1")), "10.0.0.1");
  settings.forwarded_header = "forwarded";
  EXPECT_EQ(ip(forged), "1.1.1.1");
  EXPECT_EQ(ip(x_forwarded_for("192.0.2.7")), "10.0.0.1");
}

TEST_F(ClientOfARequest, KeepsThePeerAsItIsWritten) {
  EXPECT_EQ(ip({}, "fe80::1%eth0"), "fe80::1%eth0");
  EXPECT_EQ(ip({}, ""), "") << "the socket is gone";
}

TEST_F(ClientOfARequest, HasADeviceByItsFingerprintElseItsAgent) {
  const auto phone = device({{"User-Agent", "phone"}});
  EXPECT_EQ(device({{"user-agent", "phone"}}), phone);
  EXPECT_NE(device({{"User-Agent", "laptop"}}), phone);
  EXPECT_NE(device({}), phone);
  const auto known = device({{"X-Device-Fingerprint", "f"}, {"User-Agent", "phone"}});
  EXPECT_EQ(device({{"X-Device-Fingerprint", "f"}, {"User-Agent", "laptop"}}), known);
  EXPECT_NE(device({{"X-Device-Fingerprint", "g"}, {"User-Agent", "phone"}}), known);
  EXPECT_EQ(device({{"X-Device-Fingerprint", ""}, {"User-Agent", "phone"}}), phone);
}

}  // namespace
}  // namespace vote
