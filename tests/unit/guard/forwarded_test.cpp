#include "guard/forwarded.h"

#include <gtest/gtest.h>

#include <string>

namespace vote {
namespace {

/// "192.0.2.7 - 2001:db8::7": a dash for a hop that is no address.
std::string shown(const Hops& hops) {
  std::string text;
  for (const auto& hop : hops) text += (text.empty() ? "" : " ") + (hop ? hop->text() : "-");
  return text;
}
std::string forwarded(std::string_view list) {
  return shown(hops_of_forwarded(list));
}
std::string x_forwarded_for(std::string_view list) {
  return shown(hops_of_x_forwarded_for(list));
}

TEST(Forwarded, NamesTheHopsInTheirOrder) {
  EXPECT_EQ(forwarded("for=192.0.2.43, for=198.51.100.17"), "192.0.2.43 198.51.100.17");
  EXPECT_EQ(forwarded("For=\"[2001:db8:cafe::17]:4711\""), "2001:db8:cafe::17");
  EXPECT_EQ(forwarded("for=192.0.2.60;proto=http;by=203.0.113.43"), "192.0.2.60");
  EXPECT_EQ(forwarded("by=203.0.113.43 ; FOR = \"192.0.2.60:80\",for=192.0.2.61"),
            "192.0.2.60 192.0.2.61");
  EXPECT_EQ(forwarded(R"(host="a,b;for=1.2.3.4\"";for="\1\9\2.0.2.60")"), "192.0.2.60");
  EXPECT_EQ(forwarded(""), "");
}

TEST(Forwarded, KeepsThePlaceOfHopsThatAreNoAddress) {
  for (const char* element :
       {"for=unknown", "for=_hidden", "for=\"_SEVKISEK\"", "proto=https", "for=", "for", "=", ";",
        "for=192.0.2.1;for=192.0.2.2", "for=\"192.0.2.1\"x", "for=\"192.0.2.1:\\\"",
        "for=\"[2001:db8::1\"", "for=\"[2001:db8::1]80\"", "for=\"[2001:db8::1]:\"", "for=\"[\"",
        "for=192.0.2.256", "for=localhost"})
    EXPECT_EQ(forwarded("for=192.0.2.9, " + std::string(element) + ", for=192.0.2.8"),
              std::string(element).ends_with("\\\"") ? "192.0.2.9 -" : "192.0.2.9 - 192.0.2.8")
        << element;
}

TEST(Forwarded, AQuotedStringWithoutAnEndNamesNobody) {
  EXPECT_EQ(forwarded("for=\"192.0.2.9, for=192.0.2.8"), "-");
}

TEST(XForwardedFor, NamesTheHopsInTheirOrder) {
  EXPECT_EQ(x_forwarded_for("192.0.2.43,198.51.100.17 ,\t203.0.113.9"),
            "192.0.2.43 198.51.100.17 203.0.113.9");
  EXPECT_EQ(x_forwarded_for("2001:db8::7, [2001:db8::8], [2001:db8::9]:80, 192.0.2.43:4711"),
            "2001:db8::7 2001:db8::8 2001:db8::9 192.0.2.43");
  EXPECT_EQ(x_forwarded_for("::ffff:192.0.2.43"), "192.0.2.43");
  EXPECT_EQ(x_forwarded_for("unknown, 192.0.2.1, , <script>, \"192.0.2.2\""), "- 192.0.2.1 - - -");
}

}  // namespace
}  // namespace vote
