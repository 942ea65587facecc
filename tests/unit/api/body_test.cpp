#include "api/body.h"

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "http/problem.h"

namespace vote::api {
namespace {

http::Request request_of(std::string body, std::string type = "application/json") {
  http::Request request;
  request.body = std::move(body);
  if (!type.empty()) request.fields.emplace_back("Content-Type", std::move(type));
  return request;
}

struct Everything {
  std::optional<std::string> text;
  std::optional<bool> truth;
  std::optional<std::uint32_t> number;
  std::optional<Time> time;
  std::optional<OptionId> id;
  std::optional<std::vector<OptionId>> ids;
  std::optional<std::vector<std::string>> texts;

  void read(const http::Request& request) {
    read_body(request, {{"text", &text},
                        {"truth", &truth},
                        {"number", &number},
                        {"time", &time},
                        {"id", &id},
                        {"ids", &ids},
                        {"texts", &texts}});
  }
};

/// What refuses it, as "status code: detail"; empty where it is taken.
std::string refusal_of(const std::function<void()>& read) {
  try {
    read();
  } catch (const http::HttpError& error) {
    const auto problem = nlohmann::json::parse(error.response().body);
    return std::to_string(error.response().status) + " " + problem.at("code").get<std::string>() +
           ": " + problem.at("detail").get<std::string>();
  }
  return "";
}
std::string refusal_of(const std::string& body) {
  return refusal_of([&] { Everything().read(request_of(body)); });
}

TEST(Body, FieldsGoWhereTheyBelong) {
  const std::string id = "01890000-0000-7000-8000-000000000001";
  Everything all;
  all.read(request_of(R"( {"text":"a\u00e9\n","truth":true,"number":4294967295,
      "time":"2026-01-15T11:30:00+01:00","id":")" +
                      id + R"(","ids":[")" + id + R"("],"texts":["x","y"]} )"));
  EXPECT_EQ(all.text, "aé\n");
  EXPECT_EQ(all.truth, true);
  EXPECT_EQ(all.number, 4294967295U);
  EXPECT_EQ(all.time, parse_time("2026-01-15T10:30:00Z"));
  EXPECT_EQ(all.id, OptionId::parse(id));
  EXPECT_EQ(all.ids, std::vector<OptionId>{*OptionId::parse(id)});
  EXPECT_EQ(all.texts, (std::vector<std::string>{"x", "y"}));
}

TEST(Body, WhatIsNotThereStaysNothingAndAnEmptyListIsAList) {
  Everything all;
  all.read(request_of(R"({"ids":[],"texts":[]})"));
  EXPECT_FALSE(all.text || all.truth || all.number || all.time || all.id);
  EXPECT_EQ(all.ids, std::vector<OptionId>());
  EXPECT_EQ(all.texts, std::vector<std::string>());
}

TEST(Body, WrongShapesNameTheField) {
  for (const char* field : {"text", "truth", "number", "time", "id", "ids", "texts"})
    for (const char* value :
         {"null", "{}", "[[]]", "[{}]", "[null]", "-1", "1.5", "1e30", "[1]", "[true]"}) {
      const std::string refusal = refusal_of("{\"" + std::string(field) + "\":" + value + "}");
      EXPECT_TRUE(refusal.starts_with("400 malformed: " + std::string(field) + " must be "))
          << field << " " << value << " → " << refusal;
    }
  EXPECT_EQ(refusal_of(R"({"number":4294967296})"),
            "400 malformed: number must be a whole number from 0 to 4294967295");
  EXPECT_NE(refusal_of(R"({"text":["a"]})"), "");
  EXPECT_NE(refusal_of(R"({"text":true})"), "");
  EXPECT_NE(refusal_of(R"({"truth":"true"})"), "");
  EXPECT_NE(refusal_of(R"({"truth":1})"), "");
  EXPECT_NE(refusal_of(R"({"number":"1"})"), "");
  EXPECT_NE(refusal_of(R"({"texts":"a"})"), "");
  EXPECT_NE(refusal_of(R"({"ids":["yes"]})"), "");
  EXPECT_NE(refusal_of(R"({"id":"yes"})"), "");
}

TEST(Body, TimesAreWithinWhatCanBeWrittenAgain) {
  EXPECT_EQ(refusal_of(R"({"time":"1970-01-01T00:00:00Z"})"), "");
  EXPECT_NE(refusal_of(R"({"time":"1969-12-31T23:59:59Z"})"), "");
  EXPECT_NE(refusal_of(R"({"time":"9999-12-31T23:59:59-01:00"})"), "");
  EXPECT_NE(refusal_of(R"({"time":"tomorrow"})"), "");
}

TEST(Body, FieldsThatNobodyKnowsAndTheSameTwiceAreRefused) {
  EXPECT_EQ(refusal_of(R"({"txet":"a"})"), "400 malformed: there is no field 'txet'");
  EXPECT_EQ(refusal_of(R"({"text":"a","text":"a"})"), "400 malformed: text is there twice");
  EXPECT_LT(refusal_of("{\"" + std::string(60'000, 'x') + "\":1}").size(), 200U);
}

TEST(Body, WhatIsNoJsonObjectIsRefused) {
  for (const char* body :
       {"", "x", "{", "{}{}", "[]", "1", "null", "\"a\"", "true", "{\"text\":\"\xff\"}",
        "{\"text\":\"\\ud800\"}", "{\"text\":NaN}", "{} // all", "{'text':'a'}",
        "{\"text\":\"a\",}", "{\"number\":1e999}"}) {
    const std::string refusal = refusal_of(std::string(body));
    EXPECT_TRUE(refusal.starts_with("400 malformed: ")) << body << " → " << refusal;
    EXPECT_EQ(refusal.find("json."), std::string::npos) << refusal;
  }
}

TEST(Body, NestingCostsNothing) {
  const std::string deep(30'000, '[');
  EXPECT_NE(refusal_of(deep + std::string(30'000, ']')), "");
  EXPECT_NE(refusal_of("{\"texts\":" + deep + std::string(30'000, ']') + "}"), "");
  std::string objects;
  for (int n = 0; n < 10'000; ++n) objects += "{\"text\":";
  EXPECT_NE(refusal_of(objects), "");
}

TEST(Body, TheMediaTypeIsJson) {
  const auto refusal = [](const std::string& type) {
    return refusal_of([&] { Everything().read(request_of("{}", type)); });
  };
  for (const char* type : {"application/json", "Application/JSON",
                           "application/json; charset=utf-8", "application/json ;charset=utf-8"})
    EXPECT_EQ(refusal(type), "") << type;
  for (const char* type : {"", "text/plain", "application/jsonx",
                           "application/x-www-form-urlencoded", "text/application/json"})
    EXPECT_TRUE(refusal(type).starts_with("415 unsupported_media_type")) << type;
}

TEST(Body, WhereNoneIsNeededNoneOrAnEmptyObjectIsTaken) {
  const auto refusal = [](const std::string& body, const std::string& type) {
    return refusal_of([&] { read_no_body(request_of(body, type)); });
  };
  EXPECT_EQ(refusal("", ""), "");
  EXPECT_EQ(refusal("{}", "application/json"), "");
  EXPECT_NE(refusal("{\"text\":\"a\"}", "application/json"), "");
  EXPECT_NE(refusal("a=b", "application/x-www-form-urlencoded"), "");
}

TEST(Body, AMissingFieldIsNamed) {
  std::optional<std::string> there = "a";
  std::optional<std::string> missing;
  EXPECT_EQ(required(there, "there"), "a");
  EXPECT_EQ(refusal_of([&] { required(missing, "title"); }), "400 malformed: title is missing");
}

}  // namespace
}  // namespace vote::api
