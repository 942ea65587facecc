#include <set>

#include "unit/api/api_world.h"

namespace vote {
namespace {

using test::Answer;
using test::Fate;
using test::Json;

class Accounts : public test::ApiWorld {
 protected:
  Answer add(const std::string& name) {
    return post("/v1/users", "",
                {{"email", name + "@example.org"}, {"username", name}, {"password", kPassword}});
  }
  Answer log_in(const std::string& name, const std::string& password) {
    return post("/v1/sessions", "", {{"username", name}, {"password", password}});
  }
  const std::string kPassword = "correct horse battery";
  const std::string admin = fresh_token(Role::admin);
};

TEST_F(Accounts, ASessionCarriesTheRoleAndEndsWhenItSays) {
  const auto added = add("ada");
  ASSERT_EQ(added.status(), 201U);
  const std::string id = added.json().at("user_id");
  const auto raised =
      ask(http::Method::patch, "/v1/users/" + id, admin, {{"role", "auditor"}, {"verified", true}});
  EXPECT_EQ(raised.json().at("role"), "auditor");
  const auto session = log_in("ada", kPassword);
  ASSERT_EQ(session.status(), 201U);
  EXPECT_EQ(session.field("Cache-Control"), "no-store");
  const std::string token = session.json().at("token");
  const Time end = parse_time(session.json().at("expires_at").get<std::string>()).value();
  EXPECT_EQ(end, test::kStart + std::chrono::hours(1));
  const auto identity = tokens.verify(token, end - std::chrono::seconds(1));
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->user.text(), id);
  EXPECT_EQ(identity->role, Role::auditor);
  EXPECT_TRUE(identity->verified);
  EXPECT_EQ(get("/v1/users/me", token).json(), raised.json());
}

TEST_F(Accounts, ALogInWithoutTheStoreIsNoWrongPassword) {
  add("ada");
  store.faults.before("find_user", test::always(Fate::refuse));
  EXPECT_EQ(log_in("ada", kPassword).code(), "unavailable");
}

TEST_F(Accounts, ALogInNamesOneAccountInOneWay) {
  for (const Json& body : {Json{{"password", kPassword}},
                           Json{{"email", "a@b.org"}, {"username", "a"}, {"password", kPassword}},
                           Json{{"username", "ada"}}})
    EXPECT_EQ(post("/v1/sessions", "", body).code(), "malformed") << body;
}

TEST_F(Accounts, AreListedToTheirEndForAdminsOnly) {
  for (const char* name : {"ada", "bob", "cyd", "dan", "eve"}) ASSERT_EQ(add(name).status(), 201U);
  std::set<std::string> seen;
  Json cursor = "";
  for (int pages = 0; !cursor.is_null() && pages < 9; ++pages) {
    const auto page = get("/v1/users?limit=2&cursor=" + cursor.get<std::string>(), admin).json();
    EXPECT_LE(page.at("users").size(), 2U);
    for (const Json& user : page.at("users"))
      EXPECT_TRUE(seen.insert(user.at("username").get<std::string>()).second);
    cursor = page.at("next_cursor");
  }
  EXPECT_EQ(seen.size(), 5U);
  const std::string someone = test::new_id<UserId>().text();
  for (const std::string& path : {std::string("/v1/users"), "/v1/users/" + someone}) {
    EXPECT_EQ(get(path).status(), 401U);
    for (const Role role : {Role::guest, Role::voter, Role::auditor})
      EXPECT_EQ(get(path, fresh_token(role)).code(), "forbidden") << path;
  }
  EXPECT_EQ(get("/v1/users/" + someone, admin).status(), 404U);
  EXPECT_EQ(get("/v1/users/nobody", admin).code(), "malformed");
  EXPECT_EQ(get("/v1/users?cursor=x", admin).code(), "invalid_input");
  for (const char* limit : {"0", "201", "-1", "1x", "", "999999999999999999999"})
    EXPECT_EQ(get("/v1/users?limit=" + std::string(limit), admin).code(), "malformed") << limit;
}

TEST_F(Accounts, ARoleIsGivenByAdminsAndIsOneOfAnAccounts) {
  const std::string path = "/v1/users/" + add("ada").json().at("user_id").get<std::string>();
  const auto change = [&](const std::string& token, const Json& body) {
    return ask(http::Method::patch, path, token, body).code();
  };
  EXPECT_EQ(change(fresh_token(), {{"role", "admin"}}), "forbidden");
  EXPECT_EQ(change(admin, Json::object()), "malformed");
  EXPECT_EQ(change(admin, {{"role", "king"}}), "invalid_input");
  EXPECT_EQ(change(admin, {{"role", "guest"}}), "invalid_input");
  EXPECT_EQ(change(admin, {{"verified", "yes"}}), "malformed");
  EXPECT_EQ(get(path, admin).json().at("role"), "voter");
}

TEST_F(Accounts, ATokenWithoutAnAccountSaysSo) {
  const auto guest = post("/v1/sessions/guest", "");
  ASSERT_EQ(guest.status(), 201U);
  const std::string token = guest.json().at("token");
  EXPECT_EQ(tokens.verify(token, test::kStart)->role, Role::guest);
  EXPECT_EQ(get("/v1/users/me", token).code(), "not_found");
  EXPECT_NE(post("/v1/sessions/guest", "").json().at("token"), token);
}

TEST_F(Accounts, TheTokensSchemeIsBearerInAnyCase) {
  const std::string token = fresh_token();
  const auto status = [&](const std::string& header) {
    return get("/v1/polls?mine=true", "", {{"Authorization", header}}).status();
  };
  EXPECT_EQ(status("Bearer " + token), 200U);
  EXPECT_EQ(status("bEARER   " + token), 200U);
  for (const std::string& header : {std::string(), std::string("Bearer"), "Basic " + token, token})
    EXPECT_EQ(status(header), 401U) << header;
}

}  // namespace
}  // namespace vote
