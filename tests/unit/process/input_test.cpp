#include "process/input.h"

#include <nlohmann/json.hpp>
#include <sstream>

#include "unit/process/worker_world.h"

namespace vote {
namespace {

using test::expect_counted;
using test::Fate;
using test::new_vote;

class RecordLines : public test::WorkerWorld {
 protected:
  InputTotals record(const std::string& lines, std::size_t batch_size = 100) {
    std::istringstream input(lines);
    std::ostringstream output;
    const InputTotals totals = record_lines(input, output, store, cache, batch_size, stop);
    std::istringstream reported(output.str());
    report.clear();
    for (std::string line; std::getline(reported, line);)
      report.push_back(nlohmann::json::parse(line));
    return totals;
  }
  std::vector<nlohmann::json> report;
};

std::string line(const CastVote& vote) {
  return to_message(vote) + "\n";
}

TEST_F(RecordLines, RecordsEachLineOnceAndReportsThoseThatItRefuses) {
  const CastVote good = new_vote(poll);
  CastVote other = new_vote(poll, 1);
  other.voter = good.voter;
  const CastVote elsewhere = new_vote(test::new_poll());
  const InputTotals totals = record(line(good) + "\n" + "not JSON\n" + line(good) + line(other) +
                                    line(elsewhere) + to_message(new_vote(poll)));
  EXPECT_EQ(totals.lines, 6U);
  EXPECT_EQ(totals.recorded, 2U);
  EXPECT_EQ(totals.copies, 1U);
  EXPECT_EQ(totals.refused, 3U);
  EXPECT_FALSE(totals.stopped);
  expect_counted(files, 2);
  ASSERT_EQ(report.size(), 3U);
  EXPECT_EQ(report[0]["line"], 3);
  EXPECT_EQ(report[0]["code"], "malformed");
  EXPECT_EQ(report[1]["line"], 5);
  EXPECT_EQ(report[1]["code"], "already_voted");
  EXPECT_EQ(report[1]["request_id"], other.request.text());
  EXPECT_EQ(report[2]["line"], 6);
  EXPECT_EQ(report[2]["code"], "unknown_poll");
}

TEST_F(RecordLines, TheSameLinesAgainChangeNothing) {
  std::string lines;
  for (int n = 0; n < 250; ++n) lines += line(new_vote(poll));
  EXPECT_EQ(record(lines).recorded, 250U);
  EXPECT_EQ(record(lines).copies, 250U);
  expect_counted(files, 250);
}

TEST_F(RecordLines, ALineThatIsTooLongIsRefusedAndTheNextOneRead) {
  const InputTotals totals =
      record(std::string(2 * kInputLineBytesMax, 'x') + "\n" + line(new_vote(poll)));
  EXPECT_EQ(totals.recorded, 1U);
  ASSERT_EQ(report.size(), 1U);
  EXPECT_EQ(report[0]["code"], "too_large");
}

TEST_F(RecordLines, AStoreThatIsAwayIsWaitedFor) {
  store.faults.before("record", test::first(2, Fate::refuse));
  store.faults.after("record", test::first(1, Fate::lose));
  EXPECT_EQ(record(line(new_vote(poll))).copies, 1U);
  expect_counted(files, 1);
  EXPECT_TRUE(report.empty());
}

TEST_F(RecordLines, DataThatTheStoreCannotTakeIsFoundByHalving) {
  const CastVote bad = new_vote(poll);
  store.refused = bad.request;
  std::string lines;
  for (int n = 0; n < 9; ++n) lines += line(n == 6 ? bad : new_vote(poll));
  EXPECT_EQ(record(lines).recorded, 8U);
  expect_counted(files, 8);
  ASSERT_EQ(report.size(), 1U);
  EXPECT_EQ(report[0]["line"], 7);
  EXPECT_EQ(report[0]["request_id"], bad.request.text());
}

TEST_F(RecordLines, StoppedWhileTheStoreIsAwayItSaysWhichLinesWereNotRecorded) {
  store.faults.before("record", [&](int /*pass*/) {
    stop.request();
    return Fate::refuse;
  });
  const InputTotals totals = record(line(new_vote(poll)) + line(new_vote(poll)), 1);
  EXPECT_TRUE(totals.stopped);
  EXPECT_EQ(totals.recorded, 0U);
  ASSERT_FALSE(report.empty());
  EXPECT_EQ(report[0]["code"], "unavailable");
}

}  // namespace
}  // namespace vote
