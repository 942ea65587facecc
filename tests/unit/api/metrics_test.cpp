#include "api/metrics.h"

#include "unit/api/api_world.h"

namespace vote {
namespace {

using test::Answer;
using test::Fate;

constexpr std::uint32_t kVotesPerAddress = 100;
constexpr std::uint32_t kVotesPerUser = 3;

class MetricsOfAnApi : public test::ApiWorld {
 protected:
  MetricsOfAnApi() : ApiWorld({kVotesPerAddress, 0, kVotesPerUser, 0}) {
    metrics.add([this](metrics::Sheet& sheet) {
      api::write_metrics(sheet, ballots.totals());
      api::write_metrics(sheet, limits);
      api::write_mode(sheet, polls, ballots, cache, stop);
    });
  }

  Answer cast(const std::string& who, const std::string& key = test::new_id<RequestId>().text()) {
    return post(path_of(poll, "/votes"), who, ballot_of(poll, 0), {{"Idempotency-Key", key}});
  }
  /// What /metrics says of it; nothing: -1.
  double value(const std::string& series) {
    const std::string text = '\n' + get("/metrics").body;
    const auto at = text.find('\n' + series + ' ');
    return at == std::string::npos ? -1 : std::stod(text.substr(at + series.size() + 2));
  }

  Poll poll = test::add_poll(engine.store, test::new_poll());
  const std::string voter = fresh_token();
};

TEST_F(MetricsOfAnApi, AreInPrometheusTextFormat) {
  const Answer answer = get("/metrics");
  EXPECT_EQ(answer.status(), 200U);
  EXPECT_EQ(answer.response.content_type, "text/plain; version=0.0.4; charset=utf-8");
}

TEST_F(MetricsOfAnApi, SayHowEachCastEnded) {
  const std::string key = test::new_id<RequestId>().text();
  ASSERT_EQ(cast(voter, key).status(), 202U);
  ASSERT_EQ(cast(voter, key).status(), 202U);
  ASSERT_EQ(cast(voter).code(), "vote_in_progress");
  ASSERT_EQ(post(path_of(poll, "/votes"), fresh_token(), {{"option_ids", {poll.id.text()}}}).code(),
            "invalid_option");
  EXPECT_EQ(value(R"(vote_casts_total{outcome="queued"})"), 1);
  EXPECT_EQ(value(R"(vote_casts_total{outcome="recorded"})"), 0);
  EXPECT_EQ(value(R"(vote_casts_total{outcome="repeated"})"), 1);
  EXPECT_EQ(value(R"(vote_casts_total{outcome="duplicate"})"), 1);
  EXPECT_EQ(value(R"(vote_casts_total{outcome="refused"})"), 1);
  EXPECT_EQ(value(R"(vote_marks_total{found="none"})"), 1);
  EXPECT_EQ(value(R"(vote_marks_total{found="queued"})"), 2);
  EXPECT_EQ(value("vote_queue_append_duration_seconds_count"), 1);
  EXPECT_EQ(value("vote_store_record_duration_seconds_count"), 0);
}

TEST_F(MetricsOfAnApi, SayWhichLimitRefused) {
  for (std::uint32_t n = 0; n < kVotesPerUser; ++n) cast(voter);
  ASSERT_EQ(cast(voter).status(), 429U);
  EXPECT_EQ(value(R"(vote_limit_refusals_total{limit="votes-per-user"})"), 1);
  EXPECT_EQ(value(R"(vote_limit_refusals_total{limit="votes-per-address"})"), 0);
  EXPECT_EQ(value(R"(vote_limit_refusals_total{limit="devices-per-user"})"), 0);
  EXPECT_EQ(value(R"(vote_casts_total{outcome="queued"})"), 1) << "nothing that a limit refused";
}

TEST_F(MetricsOfAnApi, SayThatWhoIsToldToStopIsNotReady) {
  EXPECT_EQ(value("vote_ready"), 1);
  stop.request();
  EXPECT_EQ(value("vote_ready"), 0);
  EXPECT_EQ(value(R"(vote_mode{mode="queue"})"), 1);
}

TEST_F(MetricsOfAnApi, SayWhereVotesGoWhileAPartIsAway) {
  polls.refresh();
  EXPECT_EQ(value("vote_ready"), 1);
  EXPECT_EQ(value(R"(vote_mode{mode="queue"})"), 1);

  queue.faults.before("append", test::always(Fate::refuse));
  ASSERT_EQ(cast(voter).status(), 201U);
  EXPECT_EQ(value("vote_ready"), 1);
  EXPECT_EQ(value(R"(vote_mode{mode="queue"})"), 0);
  EXPECT_EQ(value(R"(vote_mode{mode="store"})"), 1);
  EXPECT_EQ(value(R"(vote_part_up{part="queue"})"), 0);
  EXPECT_EQ(value("vote_queue_append_failures_total"), 1);
  EXPECT_EQ(value(R"(vote_casts_total{outcome="recorded"})"), 1);
  EXPECT_EQ(value("vote_store_record_duration_seconds_count"), 1);

  for (const char* verb : {"renew", "record"})
    store.faults.before(verb, test::always(Fate::refuse));
  polls.refresh();
  ASSERT_EQ(cast(fresh_token()).status(), 503U);
  EXPECT_EQ(value("vote_ready"), 0);
  EXPECT_EQ(value(R"(vote_mode{mode="none"})"), 1);
  EXPECT_EQ(value(R"(vote_part_up{part="store"})"), 0);
  EXPECT_EQ(value(R"(vote_casts_total{outcome="unavailable"})"), 1);
}

}  // namespace
}  // namespace vote
