// Server-sent events, and what is the same over both wires.
#include "http/watch.h"

#include <future>

#include "unit/http/watch_world.h"

namespace vote::http {
namespace {

using namespace std::chrono_literals;

using WatchedTopic = WatchWorld;

TEST_F(WatchedTopic, GivesTheFirstEventAtOnceAndEachNewerOne) {
  serve();
  Wire wire = connect();
  const std::string head = wire.get("/events").take_until("\r\n\r\n");
  EXPECT_EQ(status_of_answer(head), 200U);
  for (const char* field : {"Content-Type: text/event-stream\r\n", "Cache-Control: no-store\r\n",
                            "Transfer-Encoding: chunked\r\n", "X-Accel-Buffering: no\r\n"})
    EXPECT_NE(head.find(field), std::string::npos) << field;
  EXPECT_NE(wire.take_until(block(1, "first")).find("retry: "), std::string::npos);
  publish(2, "second");
  EXPECT_NE(wire.take_until("\n\n").find("second"), std::string::npos);
  publish(3, "third");
  EXPECT_NE(wire.take_until("\n\n").find("third"), std::string::npos);
}

TEST_F(WatchedTopic, GivesWhoComesLateTheNewestEvent) {
  serve();
  Wire early = connect();
  watch_events(early);
  publish(2, "second");
  early.take_until("second");
  Wire late = connect();
  EXPECT_EQ(late.get("/events").take_until("second").find("first"), std::string::npos);
}

TEST_F(WatchedTopic, NeverGoesBack) {
  serve();
  Wire wire = connect();
  watch_events(wire);
  publish(3, "third");
  wire.take_until("third");
  publish(2, "second");
  publish(4, "fourth", true);
  EXPECT_EQ(wire.take_to_end().find("second"), std::string::npos);
}

TEST_F(WatchedTopic, EndsAfterTheLastEvent) {
  serve();
  Wire wire = connect();
  watch_events(wire);
  publish(2, "last", true);
  const std::string rest = wire.take_to_end();
  EXPECT_NE(rest.find(block(2, "last")), std::string::npos);
  EXPECT_TRUE(rest.ends_with("0\r\n\r\n"));
}

TEST_F(WatchedTopic, EndsAtOnceWhereTheFirstEventIsTheLast) {
  first_is_last = true;
  serve();
  Wire wire = connect();
  EXPECT_TRUE(wire.get("/events").take_to_end().ends_with("0\r\n\r\n"));
}

TEST_F(WatchedTopic, GivesOldClientsTheEventsWithoutChunks) {
  first_is_last = true;
  serve();
  Wire wire = connect();
  wire.send("GET /events HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const std::string answer = wire.take_to_end();
  EXPECT_EQ(answer.find("chunked"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("\n\n" + block(1, "first")));
}

TEST_F(WatchedTopic, AnswersHeadWithTheHead) {
  serve();
  Wire wire = connect();
  wire.send("HEAD /events HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::string answer = wire.take_to_end();
  EXPECT_NE(answer.find("text/event-stream"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
  EXPECT_EQ(topic->subscribers(), 0U);
}

TEST_F(WatchedTopic, SaysFromTimeToTimeThatItIsThere) {
  options.beat_interval = 20ms;
  serve();
  Wire wire = connect();
  watch_events(wire);
  for (int n = 0; n < 3; ++n) EXPECT_NE(wire.take_until("\n\n").find("\n: "), std::string::npos);
}

TEST_F(WatchedTopic, ForgetsAClientThatIsGone) {
  serve();
  {
    Wire wire = connect();
    watch_events(wire);
    EXPECT_EQ(topic->subscribers(), 1U);
  }
  Wire other = connect();
  watch_events(other);
  while (topic->subscribers() > 1) std::this_thread::yield();
}

TEST_F(WatchedTopic, EndsForAClientThatSaysMore) {
  serve();
  Wire wire = connect();
  watch_events(wire);
  wire.get("/events");
  EXPECT_EQ(wire.take_to_end().find("HTTP/1.1"), std::string::npos);
}

TEST_F(WatchedTopic, GivesASlowReaderTheNewestAndHoldsNobodyUp) {
  serve();
  Wire slow = connect(4096);
  watch_events(slow);
  Wire quick = connect();
  watch_events(quick);
  constexpr std::uint64_t kLast = 300;
  const std::string filler(65'536, 'x');
  for (std::uint64_t number = 2; number <= kLast; ++number) {
    publish(number, std::to_string(number) + filler, number == kLast);
    const std::string got = quick.take_until("x\n\n");
    ASSERT_NE(got.find("data: " + std::to_string(number) + "x"), std::string::npos);
  }
  const std::string rest = slow.take_to_end();
  EXPECT_LT(rest.size(), kLast / 2 * filler.size());
  EXPECT_NE(rest.find("data: " + std::to_string(kLast) + "x"), std::string::npos);
}

TEST_F(WatchedTopic, DropsAReaderThatNeverReads) {
  options.write_time_max = 50ms;
  serve();
  Wire never = connect(4096);
  watch_events(never);
  const std::string large(16'000'000, 'x');
  publish(2, large);
  while (topic->subscribers() > 0) std::this_thread::yield();
  EXPECT_LT(never.take_to_end().size(), large.size());
}

TEST_F(WatchedTopic, TurnsAwayMoreThanItsLimit) {
  options.watchers_max = 1;
  serve();
  Wire one = connect();
  watch_events(one);
  Wire two = connect();
  const std::string answer = two.get("/events").answer();
  EXPECT_EQ(status_of_answer(answer), 503U);
  EXPECT_NE(answer.find("Retry-After: "), std::string::npos);
  publish(2, "second", true);
  one.take_to_end();
  while (status_of_answer(two.get("/events").take_until("\r\n\r\n")) == 503U)
    two.take_until("}");  // until the first one has been counted out
}

TEST_F(WatchedTopic, EndsWhenItsTimeIsOver) {
  options.beat_interval = 40ms;  // and with it the sweep
  length_max = 1ms;
  serve();
  Wire wire = connect();
  EXPECT_TRUE(wire.get("/events").take_to_end().ends_with("0\r\n\r\n"));
}

TEST_F(WatchedTopic, EndsForAllWhereTheTopicEnds) {
  serve();
  Wire one = connect();
  Wire two = connect();
  watch_events(one);
  watch_events(two);
  topic->end({4404, "gone"});
  EXPECT_TRUE(one.take_to_end().ends_with("0\r\n\r\n"));
  EXPECT_TRUE(two.take_to_end().ends_with("0\r\n\r\n"));
}

TEST_F(WatchedTopic, EndsInOrderWhereTheServerStops) {
  serve();
  Wire wire = connect();
  watch_events(wire);
  auto stopped = std::async(std::launch::async, [&] { server->stop(30s); });
  EXPECT_TRUE(wire.take_to_end().ends_with("0\r\n\r\n"));
  stopped.get();
  publish(2, "nobody is there");
}

TEST_F(WatchedTopic, IsCutOffWhereTheServerHasNoTimeToStop) {
  serve();
  Wire wire = connect(4096);
  watch_events(wire);
  publish(2, std::string(16'000'000, 'x'));
  wire.take(100'000);
  server->stop(1ms);
  EXPECT_EQ(server->connections(), 0U);
  EXPECT_EQ(topic->subscribers(), 0U);
}

}  // namespace
}  // namespace vote::http
