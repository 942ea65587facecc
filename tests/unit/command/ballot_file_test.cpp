#include "command/exchange/ballot_file.h"

#include <gtest/gtest.h>

#include "command/exchange/ballot_check.h"
#include "runtime/clock.h"
#include "unit/command/text_file.h"

namespace vote::command {
namespace {

constexpr const char* kUser = "0190b3a0-0000-7000-8000-000000000001";
constexpr const char* kSoup = "0190b3a0-0000-7000-8000-00000000000a";
constexpr const char* kBread = "0190b3a0-0000-7000-8000-00000000000b";

std::string header(const std::string& anonymous = "false", const std::string& version = "1") {
  return R"({"format":"vote-export","version":)" + version +
         R"(,"exported_at":"2026-01-02T00:00:00Z","anonymous":)" + anonymous +
         R"(,"poll":{"poll_id":"0190b3a0-0000-7000-8000-0000000000ff","creator_id":")" + kUser +
         R"(","title":"Lunch?","description":"","status":"closed",)"
         R"("start_time":"2026-01-01T00:00:00Z","end_time":"2026-01-01T12:00:00Z",)"
         R"("allow_anonymous":false,"show_results_during_voting":true,)"
         R"("allow_multiple_options":false,"max_votes_per_user":1,"allow_vote_change":false,)"
         R"("options":[{"option_id":")" +
         kSoup + R"(","text":"Soup"},{"option_id":")" + kBread + R"(","text":"Bread"}]}})" + "\n";
}

std::string ballot(const std::string& user = kUser, const std::string& option = kSoup) {
  return R"({"user_id":")" + user + R"(","request_id":")" + kUser +
         R"(","cast_at":"2026-01-01T10:00:00Z","revision":0,"option_ids":[")" + option + "\"]}\n";
}

std::string end(int ballots, int soup, int bread = 0) {
  return R"({"end":true,"ballots":)" + std::to_string(ballots) + R"(,"results":{"total_votes":)" +
         std::to_string(soup + bread) + R"(,"options":[{"option_id":")" + kSoup + R"(","votes":)" +
         std::to_string(soup) + R"(},{"option_id":")" + kBread + R"(","votes":)" +
         std::to_string(bread) + "}]}}\n";
}

/// "line:column: text" of each complaint; the last line is "ok N" with the ballots.
std::string look_at(const std::string& text) {
  const test::TextFile file(text);
  Rereadable input(file.path());
  const SystemClock clock;
  std::string out;
  const auto note = [&out](const Complaint& wrong) {
    out += std::to_string(wrong.place.line) + ":" + std::to_string(wrong.place.column) + ": " +
           wrong.text + "\n";
  };
  Opened opened =
      format_of(input) == BallotFormat::csv ? open_csv(input, clock) : open_ndjson(input);
  if (const auto* wrong = std::get_if<Complaint>(&opened)) {
    note(*wrong);
    return out;
  }
  BallotFile& ballots = *std::get<std::unique_ptr<BallotFile>>(opened);
  const auto most = std::max(ballots.poll().settings.max_votes_per_user, 1U);
  const Checked checked = check_ballots(ballots, most, note);
  return checked.complaints == 0 ? "ok " + std::to_string(checked.ballots) : out;
}

bool says(const std::string& text, const std::string& what) {
  const std::string said = look_at(text);
  EXPECT_NE(said.find(what), std::string::npos) << said;
  return said.find(what) != std::string::npos;
}

TEST(NdjsonBallots, AWholeExportHolds) {
  EXPECT_EQ(look_at(header() + ballot() + end(1, 1)), "ok 1");
  EXPECT_EQ(look_at(header() + end(0, 0)), "ok 0");
  EXPECT_EQ(look_at(header("true") + R"({"ballots":40,"option_ids":[")" + kBread + "\"]}\n" +
                    end(40, 0, 40)),
            "ok 40");
}

TEST(NdjsonBallots, AFileThatEndsInTheMiddleIsRefusedWhereverItEnds) {
  const std::string whole = header() + ballot() + end(1, 1);
  for (std::size_t length = 1; length < whole.size(); ++length) {
    const std::string said = look_at(whole.substr(0, length));
    EXPECT_NE(said.find("ends in the middle"), std::string::npos) << length << ": " << said;
  }
  says("", "1:1: the file is empty");
}

TEST(NdjsonBallots, AnErrorSaysLineAndColumn) {
  says(header() + ballot(kUser, "0190b3a0-0000-7000-8000-0000000000cc") + end(1, 1),
       "2:163: option 0190b3a0-0000-7000-8000-0000000000cc is not one of this poll's");
  says(header() + "{\"user_id\":17}\n" + end(0, 0), "2:2: user_id is no text");
  says(header() + "{\"user_id\": oops}\n" + end(0, 0), "2:13: the line is no JSON");
  says(header() + "[1]\n" + end(0, 0), "2:1: the line is no JSON object");
  says(header() + std::string(500, '[') + std::string(500, ']') + "\n" + end(0, 0),
       "2:1: the line nests deeper");
  says(header() + "{\"revision\":1e400}\n" + end(0, 0), "2:1: the line holds a number that is too");
  says(header() + "{\"ballots\":1,\"option_ids\":[]}\n" + end(0, 0),
       "2:2: there is no member 'ballots' here");
  says(header() + ballot("nobody") + end(1, 1), "2:2: user_id is no UUID");
}

TEST(NdjsonBallots, EveryErrorIsNamedNotOnlyTheFirst) {
  const std::string said = look_at(header() + ballot("x") + ballot() + ballot("y") + end(1, 1));
  EXPECT_NE(said.find("2:2:"), std::string::npos) << said;
  EXPECT_NE(said.find("4:2:"), std::string::npos) << said;
}

TEST(NdjsonBallots, AVoterWithTwoBallotsIsNamedWithBothLines) {
  says(header() + ballot() + ballot() + end(2, 2),
       std::string("3:1: voter ") + kUser + " has a ballot in line 2 already");
}

TEST(NdjsonBallots, WhatTheEndSaysMustBeWhatStandsAbove) {
  says(header() + ballot() + end(2, 1), "3:13: the lines above hold 1 ballots, the end says 2");
  says(header() + ballot() + end(1, 0, 1), "votes, the end says 0");
  says(header() + end(0, 0) + ballot(), "3:1: there is a line behind the end");
}

TEST(NdjsonBallots, OfANewerVersionOrNoExportSaySo) {
  says(header("false", "2"), "this program knows version 1 of exports");
  says("{\"poll_id\":1}\n", "no header of an export");
}

TEST(NdjsonBallots, ALineTooLongEndsTheReading) {
  says(header() + std::string(kRecordBytesMax + 1, ' ') + "\n" + end(0, 0),
       "2:1: the line is longer than 1048576 bytes");
}

TEST(CsvBallots, RowsOfBallotsHold) {
  EXPECT_EQ(look_at("option:Soup,option:Bread\n1,\n,1\n0,0\n"), "ok 3");
  EXPECT_EQ(look_at("user_id,option:Soup,option:Bread\r\nada,1,0\r\nbob,0,1\r\n"), "ok 2");
  EXPECT_EQ(look_at("ballots,option:Soup,option:Bread\n40,1,\n2,,1\n\n"), "ok 42");
}

TEST(CsvBallots, WrongColumnsAreNamed) {
  says("name,option:a,option:b\n", "1:1: there is no column 'name': the columns are user_id, ");
  says("user_id,option:a\n", "1:1: there are 1 option columns");
  says("user_id,Soup,Bread\n", "1:9: there is no column 'Soup'");
  says("user_id,user_id,option:a,option:b\n", "1:9: the column user_id is there twice");
  says("user_id,option:a,option:a\n", "1:18: the option 'a' has two columns");
  says("user_id,ballots,option:a,option:b\n", "exclude each other");
  says("option:,option:b\n", "1:1: the column names no option");
  says("option:\xff,option:b\n", "1:1: the option's text is not valid UTF-8");
}

TEST(CsvBallots, WrongCellsAreNamedByTheirPlace) {
  const std::string head = "user_id,cast_at,option:a,option:b\n";
  says(head + "ada,2026-01-01T00:00:00Z,1,\nbob,today,1,\n", "3:5: cast_at is no time");
  says(head + "ada,2026-01-01T00:00:00Z,x,\n", "2:26: an option's cell holds 1, 0 or nothing");
  says(head + "ada,2026-01-01T00:00:00Z,1\n", "2:1: the row has 3 cells");
  says(head + ",2026-01-01T00:00:00Z,1,\n", "2:1: user_id is empty");
  says(head + "a\x01z,2026-01-01T00:00:00Z,1,\n", "2:1: user_id contains a control character");
  says("ballots,option:a,option:b\n-1,1,\n", "2:1: ballots is no whole number");
  says("ballots,option:a,option:b\n10000001,1,\n", "2:1: ballots is no whole number");
  says("option:a,option:b\n1,1\n", "2:1: the ballot names 2 options; this poll allows 1");
}

TEST(CsvBallots, AVoterWithTwoRowsIsNamed) {
  says("user_id,option:a,option:b\nada,1,\nbob,1,\nada,,1\n", "has a ballot in line 2 already");
}

TEST(CsvBallots, OfMoreThanAllowedAreRefused) {
  says("ballots,option:a,option:b\n9999999,1,\n2,1,\n", "3:1: the file holds more than 10000000");
}

}  // namespace
}  // namespace vote::command
