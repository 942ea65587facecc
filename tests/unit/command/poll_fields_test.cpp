#include "command/verbs/poll_fields.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "command/failure.h"

namespace vote::command {
namespace {

const Time kNow = *parse_time("2030-01-01T12:00:00Z");

TEST(PollFields, OnlyWhatWasGivenIsAMember) {
  EXPECT_EQ(PollFields().members(kNow), nlohmann::json::object());
  PollFields fields;
  fields.description = "";
  fields.options = {"a", "b"};
  fields.allow_anonymous = false;
  EXPECT_EQ(
      fields.members(kNow),
      (nlohmann::json{{"description", ""}, {"options", {"a", "b"}}, {"allow_anonymous", false}}));
}

TEST(PollFields, ALengthCountsFromTheStartElseFromNow) {
  PollFields fields;
  fields.length = "2h";
  EXPECT_EQ(fields.members(kNow), (nlohmann::json{{"end_time", "2030-01-01T14:00:00.000000Z"}}));
  fields.start = "2030-02-01T00:00:00+01:00";
  EXPECT_EQ(fields.members(kNow), (nlohmann::json{{"start_time", "2030-01-31T23:00:00.000000Z"},
                                                  {"end_time", "2030-02-01T01:00:00.000000Z"}}));
}

TEST(PollFields, HidingIsTheOppositeOfShowing) {
  PollFields fields;
  fields.hide_results = true;
  EXPECT_EQ(fields.members(kNow).at("show_results_during_voting"), false);
  fields.hide_results = false;
  EXPECT_EQ(fields.members(kNow).at("show_results_during_voting"), true);
}

TEST(PollFields, MultipleSaysHowManyAndThatItIsAllowed) {
  PollFields fields;
  fields.multiple = 3;
  EXPECT_EQ(fields.members(kNow),
            (nlohmann::json{{"allow_multiple_options", true}, {"max_votes_per_user", 3}}));
  fields.multiple = 1;
  EXPECT_EQ(fields.members(kNow).at("allow_multiple_options"), false);
}

TEST(PollFields, TimesThatAreNoneAndEndsThatContradictAreRefused) {
  const auto refused = [](auto PollFields::*member, const char* text) {
    PollFields fields;
    fields.*member = text;
    EXPECT_THROW(fields.members(kNow), Failure) << text;
  };
  refused(&PollFields::end, "tomorrow");
  refused(&PollFields::start, "2030-01-01");
  refused(&PollFields::length, "0s");
  refused(&PollFields::length, "-2h");
  refused(&PollFields::length, "2 fortnights");
  PollFields both;
  both.end = "2030-01-02T00:00:00Z";
  both.length = "2h";
  EXPECT_THROW(both.members(kNow), Failure);
}

}  // namespace
}  // namespace vote::command
