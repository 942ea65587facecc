#include "http/router.h"

#include <gtest/gtest.h>

namespace vote::http {
namespace {

Handler named(const std::string& name) {
  return [name](Request&) {
    Response response;
    response.body = name;
    return response;
  };
}

class Routes : public testing::Test {
 protected:
  Routes() {
    router.add(Method::get, "/polls", named("list"));
    router.add(Method::get, "/polls/{id}", named("show"));
    router.add(Method::post, "/polls/{id}/votes/{vote}", named("vote"));
    router.add(Method::get, "/polls/{id}/votes/me", named("mine"));
    router.add(Method::get, "/polls/top", named("top"));
    router.add(Method::head, "/polls/top", named("head of top"));
  }
  std::string found(Method method, const std::string& path) const {
    const auto match = router.match(method, path);
    if (match.handler == nullptr) return "allow: " + match.allow;
    Request request;
    std::string name = std::get<Response>((*match.handler)(request)).body;
    for (const std::string& parameter : match.parameters) name += " " + parameter;
    return name;
  }
  Router router;
};

TEST_F(Routes, TakeWhatTheirParametersStandFor) {
  EXPECT_EQ(found(Method::get, "/polls/7"), "show 7");
  EXPECT_EQ(found(Method::post, "/polls/7/votes/8"), "vote 7 8");
}

TEST_F(Routes, ALiteralGoesBeforeAParameter) {
  EXPECT_EQ(found(Method::get, "/polls/top"), "top");
  EXPECT_EQ(found(Method::get, "/polls/7/votes/me"), "mine 7");
  EXPECT_EQ(found(Method::post, "/polls/7/votes/me"), "vote 7 me");
}

TEST_F(Routes, AGetAnswersHeadUnlessThereIsOne) {
  EXPECT_EQ(found(Method::head, "/polls/7"), "show 7");
  EXPECT_EQ(found(Method::head, "/polls/top"), "head of top");
}

TEST_F(Routes, AnotherMethodIsToldWhichOnesThereAre) {
  EXPECT_EQ(found(Method::put, "/polls/7"), "allow: GET, HEAD, OPTIONS");
  EXPECT_EQ(found(Method::put, "/polls/7/votes/me"), "allow: GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(found(Method::other, "/polls"), "allow: GET, HEAD, OPTIONS");
}

TEST_F(Routes, AnUnknownPathIsNone) {
  for (const char* path :
       {"/", "/poll", "/polls/", "//polls", "/polls//votes/me", "/polls/7/", "/polls/7/votes",
        "/polls/7/votes/me/", "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r"})
    EXPECT_EQ(found(Method::get, path), "allow: ") << path;
}

TEST_F(Routes, AreListedInTheirOrder) {
  ASSERT_EQ(router.routes().size(), 6U);
  EXPECT_EQ(router.routes()[2], "POST /polls/{id}/votes/{vote}");
}

TEST_F(Routes, TwoOfAKindAreAMistake) {
  EXPECT_THROW(router.add(Method::get, "/polls/{other}", named("again")), std::logic_error);
  EXPECT_THROW(router.add(Method::get, "polls", named("no path")), std::logic_error);
}

}  // namespace
}  // namespace vote::http
