#include "unit/reconcile/world.h"

namespace vote {
namespace {

using test::Fate;

class MetricsOfReconcile : public test::ReconcileWorld {
 protected:
  /// Nothing: -1.
  double value(const std::string& series) const {
    metrics::Sheet sheet;
    reconcile.totals().write(sheet);
    const std::string text = '\n' + sheet.text();
    const auto at = text.find('\n' + series + ' ');
    return at == std::string::npos ? -1 : std::stod(text.substr(at + series.size() + 2));
  }

  Reconcile reconcile{store, queue, cache, clock, settings};
};

TEST_F(MetricsOfReconcile, CountWhatWasRepairedClosedAndMadeFinal) {
  cast(3);
  work();
  EXPECT_EQ(value("vote_reconcile_last_pass_timestamp_seconds"), 0);
  tamper("UPDATE poll_totals SET total_votes = total_votes + 7");
  ASSERT_TRUE(reconcile.pass({}, stop));
  EXPECT_EQ(value("vote_reconcile_differences_repaired_total"), 1);
  EXPECT_EQ(value(R"(vote_reconcile_polls{state="seen"})"), 1);
  EXPECT_EQ(value(R"(vote_reconcile_polls{state="waiting"})"), 0);
  pass_the_end();
  ASSERT_TRUE(reconcile.pass({}, stop));
  EXPECT_EQ(value("vote_reconcile_closed_polls_total"), 1);
  EXPECT_EQ(value(R"(vote_reconcile_polls{state="waiting"})"), 1);
  work();
  ASSERT_TRUE(reconcile.pass({}, stop));
  EXPECT_EQ(value("vote_reconcile_finalised_polls_total"), 1);
  EXPECT_EQ(value(R"(vote_reconcile_polls{state="waiting"})"), 0);
  EXPECT_EQ(value(R"(vote_reconcile_passes_total{result="done"})"), 3);
  EXPECT_EQ(value("vote_reconcile_pass_duration_seconds_count"), 3);
  EXPECT_EQ(value("vote_reconcile_differences_repaired_total"), 1);
  EXPECT_GT(value("vote_reconcile_last_pass_timestamp_seconds"), 1.7e9);
}

TEST_F(MetricsOfReconcile, KeepWhatTheLastPassSawWhereOneFails) {
  ASSERT_TRUE(reconcile.pass({}, stop));
  store.faults.before("unfinished", test::always(Fate::refuse));
  ASSERT_FALSE(reconcile.pass({}, stop));
  EXPECT_EQ(value(R"(vote_reconcile_passes_total{result="failed"})"), 1);
  EXPECT_EQ(value(R"(vote_reconcile_polls{state="seen"})"), 1);
}

TEST_F(MetricsOfReconcile, SayWhatIsLeftToAPerson) {
  cast(2);
  work();
  tamper("UPDATE votes SET choices = '[2]' WHERE choices = '[1]'");
  ASSERT_TRUE(reconcile.pass({}, stop));
  EXPECT_GE(value("vote_reconcile_differences_unrepaired"), 1);
}

}  // namespace
}  // namespace vote
