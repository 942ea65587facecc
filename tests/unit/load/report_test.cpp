#include "load/report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace vote::load {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Tally some_tally() {
  Tally tally;
  tally.sent = 12;
  tally.unsent = 3;
  tally.no_answer = 2;
  tally.elapsed = seconds(2);
  tally.cpu = milliseconds(500);
  for (const unsigned status : {202, 202, 202, 202, 201, 409, 429, 429, 500, 304}) {
    ++tally.by_status[status];
    tally.latency.record(milliseconds(1));
  }
  return tally;
}

Description some_description() {
  return {"http://127.0.0.1:1", "votes", "a-poll", "6", "", seconds(2), 4, 1, 7, "", {}};
}

TEST(Report, AsJsonHasEveryFigure) {
  const nlohmann::json json = report_as_json(some_description(), some_tally());
  EXPECT_EQ(
      json.at("statuses"),
      (nlohmann::json{{"201", 1}, {"202", 4}, {"304", 1}, {"409", 1}, {"429", 2}, {"500", 1}}));
  EXPECT_EQ(json.at("sent"), 12);
  EXPECT_EQ(json.at("no_answer"), 2);
  EXPECT_EQ(json.at("not_sent"), 3);
  EXPECT_EQ(json.at("per_second"), 5.0);
  EXPECT_EQ(json.at("cpu_s"), 0.5);
  EXPECT_EQ(json.at("latency_ms").at("p99"), 1.0);
}

TEST(Report, ForPeopleSortsAnswersByWhatTheyMean) {
  const std::string text = report_for_people(some_description(), some_tally());
  for (const char* line : {"\n202                    4\n", "\n201                    1\n",
                           "\n409                    1\n", "\nother 4xx              2\n",
                           "\n5xx                    1\n", "\nother                  1\n",
                           "\nno answer              2\n", "\nnot sent               3\n"})
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
}

}  // namespace
}  // namespace vote::load
