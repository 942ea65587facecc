#include "account/token.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "vote/base64url.h"

namespace vote {
namespace {

constexpr std::string_view kSecret = "0123456789abcdef0123456789abcdef";
constexpr std::string_view kHeader = R"({"alg":"HS256","typ":"JWT"})";
constexpr std::string_view kUser = "0190a5d0-7c1e-7d3a-9b9b-2f6f3c1a5e77";
const Time kNow = time_of(1'800'000'000'000'000);
constexpr std::int64_t kNowSeconds = 1'800'000'000;

/// A JWT of any header and claims, signed as any tool that has the secret would.
std::string sign(std::string_view header, std::string_view claims,
                 std::string_view secret = kSecret) {
  const std::string text = to_base64url(header) + '.' + to_base64url(claims);
  crypto_auth_hmacsha256_state state;
  std::array<std::uint8_t, crypto_auth_hmacsha256_BYTES> signature{};
  crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(secret.data()),
                              secret.size());
  crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(text.data()),
                                text.size());
  crypto_auth_hmacsha256_final(&state, signature.data());
  return text + '.' + to_base64url(signature);
}

/// Good claims, with `more` after them.
std::string claims_with(const std::string& more, std::int64_t expires = kNowSeconds + 600) {
  return R"({"sub":")" + std::string(kUser) + R"(","role":"voter","verified":true,"exp":)" +
         std::to_string(expires) + more + "}";
}

class TokensTest : public testing::Test {
 protected:
  /// What is wrong with it, or "" where it holds.
  std::string refusal(std::string_view token, Time now = kNow) const {
    const auto identity = tokens_.verify(token, now);
    if (identity) return "";
    EXPECT_EQ(identity.error().code, Code::unauthorized);
    return identity.error().detail;
  }
  std::string refusal_of_claims(const std::string& claims) const {
    return refusal(sign(kHeader, claims));
  }

  Tokens tokens_{kSecret};
};

TEST_F(TokensTest, WhatIsMintedHoldsAndSaysTheSame) {
  for (const Role role : {Role::guest, Role::voter, Role::auditor, Role::admin}) {
    for (const bool verified : {true, false}) {
      const Identity identity{*UserId::parse(kUser), role, verified};
      const std::string token = tokens_.mint(identity, kNow, kNow + std::chrono::hours(1));
      const auto read = tokens_.verify(token, kNow);
      ASSERT_TRUE(read) << read.error().detail;
      EXPECT_EQ(read->user, identity.user);
      EXPECT_EQ(read->role, role);
      EXPECT_EQ(read->verified, verified);
      EXPECT_EQ(read->expires_at, kNow + std::chrono::hours(1));
    }
  }
}

TEST_F(TokensTest, ATokenOfAnotherToolHolds) {
  const auto identity =
      tokens_.verify(sign(R"({ "typ": "jwt", "kid": "7", "alg": "HS256" })",
                          claims_with(R"(,"iss":"elsewhere","deep":[[{"a":[1]}]])")),
                     kNow);
  ASSERT_TRUE(identity) << identity.error().detail;
  EXPECT_EQ(identity->user.text(), kUser);
}

TEST_F(TokensTest, TheExampleOfRfc7515IsVerifiedByItsSignature) {
  // RFC 7515 A.1, whose claims are not ours: what is refused comes after the signature.
  const auto key = of_base64url(
      "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
  ASSERT_TRUE(key);
  const auto answer = Tokens(*key).verify(
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
      "fQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
      kNow);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().detail, "token expired: log in again");
}

TEST_F(TokensTest, OnlyHs256IsTaken) {
  for (const char* header :
       {R"({"alg":"none"})", R"({"alg":"RS256","typ":"JWT"})", R"({"alg":"HS512"})",
        R"({"alg":"hs256"})", R"({"typ":"JWT"})", R"({"alg":["HS256"]})"})
    EXPECT_NE(refusal(sign(header, claims_with(""))).find("HS256"), std::string::npos) << header;
}

TEST_F(TokensTest, AnUnsignedTokenIsRefused) {
  EXPECT_NE(refusal(to_base64url(R"({"alg":"none"})") + '.' + to_base64url(claims_with("")) + '.'),
            "");
  EXPECT_NE(refusal(to_base64url(kHeader) + '.' + to_base64url(claims_with("")) + '.'), "");
}

TEST_F(TokensTest, HeadersThatAskForMoreAreRefused) {
  for (const char* header : {R"({"alg":"HS256","crit":["b64"],"b64":false})",
                             R"({"alg":"HS256","crit":null})", R"({"alg":"HS256","typ":"at+jwt"})",
                             R"({"alg":"HS256","typ":7})", R"({"alg":"none","alg":"HS256"})"})
    EXPECT_NE(refusal(sign(header, claims_with(""))), "") << header;
}

TEST_F(TokensTest, AnotherSecretDoesNotSignForUs) {
  EXPECT_NE(refusal(sign(kHeader, claims_with(""), "another secret of thirty-two bytes")), "");
}

TEST_F(TokensTest, AnyAlteredCharacterIsRefused) {
  const std::string token = sign(kHeader, claims_with(""));
  ASSERT_EQ(refusal(token), "");
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string altered = token;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    EXPECT_NE(refusal(altered), "") << "at " << i;
  }
}

TEST_F(TokensTest, ExpiryCountsToTheLeeway) {
  const std::string token = sign(kHeader, claims_with("", kNowSeconds));
  EXPECT_EQ(refusal(token, kNow + kTokenLeeway - Duration(1)), "");
  EXPECT_EQ(refusal(token, kNow + kTokenLeeway), "token expired: log in again");
}

TEST_F(TokensTest, TimesThatAreToComeAreRefusedBeyondTheLeeway) {
  for (const std::string name : {"nbf", "iat"}) {
    const std::string token =
        sign(kHeader, claims_with(",\"" + name + "\":" + std::to_string(kNowSeconds)));
    EXPECT_EQ(refusal(token, kNow - kTokenLeeway), "") << name;
    EXPECT_NE(refusal(token, kNow - kTokenLeeway - Duration(1)).find(name), std::string::npos);
  }
}

TEST_F(TokensTest, ExpiryMustBeThereAndANumber) {
  const std::string start = R"({"sub":")" + std::string(kUser) + R"(","role":"voter")";
  for (const char* rest : {"}", R"(,"exp":"1800000600"})", R"(,"exp":null})", R"(,"exp":true})",
                           R"(,"exp":[1800000600]})", R"(,"exp":{}})", R"(,"exp":1e999})"})
    EXPECT_NE(refusal_of_claims(start + rest), "") << rest;
  EXPECT_EQ(refusal_of_claims(start + R"(,"exp":1.8000006e9})"), "");
}

TEST_F(TokensTest, ClaimsOfTheWrongShapeAreRefused) {
  const std::string good_end = R"(,"exp":1800000600})";
  const std::string subject = R"("sub":")" + std::string(kUser) + '"';
  for (const std::string& claims : std::vector<std::string>{
           R"({"role":"voter")" + good_end, R"({"sub":"root","role":"voter")" + good_end,
           R"({"sub":7,"role":"voter")" + good_end, "{" + subject + good_end,
           "{" + subject + R"(,"role":"king")" + good_end,
           "{" + subject + R"(,"role":"voter","verified":"yes")" + good_end,
           "{" + subject + R"(,"role":"voter","nbf":"soon")" + good_end,
           "{" + subject + R"(,"role":"voter","aud":"others")" + good_end,
           "{" + subject + R"(,"role":"voter","role":"admin")" + good_end, "[1,2]", "7", "", "null",
           claims_with("") + "x", std::string(100, '['), "\"" + std::string(kUser) + "\""})
    EXPECT_NE(refusal_of_claims(claims), "") << claims;
}

TEST_F(TokensTest, DeepNestingIsRefused) {
  EXPECT_NE(refusal_of_claims(claims_with(",\"x\":" + std::string(20, '[') + std::string(20, ']'))),
            "");
}

TEST_F(TokensTest, WhatIsNoTokenIsRefused) {
  const std::string good = sign(kHeader, claims_with(""));
  for (const std::string& token :
       std::vector<std::string>{"", ".", "..", "...", "abc", "a.b.c.d", "!!.??.!!", good + ".",
                                "." + good, good + "=", good + " ", " " + good, good + "\n",
                                std::string("\0..", 3), std::string(kTokenBytesMax + 1, 'a')})
    EXPECT_NE(refusal(token), "") << token.substr(0, 40);
}

TEST(Tokens, AShortSecretIsRefused) {
  EXPECT_THROW(Tokens("short"), std::invalid_argument);
  EXPECT_THROW(Tokens(kSecret.substr(1)), std::invalid_argument);
}

}  // namespace
}  // namespace vote
