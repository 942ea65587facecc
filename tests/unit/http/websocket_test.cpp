#include "http/websocket.h"

#include <future>

#include "unit/http/watch_world.h"

namespace vote::http {
namespace {

using namespace std::chrono_literals;

constexpr unsigned kText = 1;
constexpr unsigned kBinary = 2;
constexpr unsigned kClose = 8;
constexpr unsigned kPing = 9;
constexpr unsigned kPong = 10;

class OpenSocket : public WatchWorld {
 protected:
  void open() {
    serve();
    wire = std::make_unique<Wire>(server->port());
    head = open_socket(*wire);
    first = take_frame(*wire);
  }
  Frame next() const { return take_frame(*wire); }
  void send(unsigned opcode, const std::string& payload) const {
    wire->send(frame_of_client(opcode, payload));
  }

  std::unique_ptr<Wire> wire;
  std::string head;
  Frame first;
};

TEST_F(OpenSocket, AnswersTheHandshakeAndSendsTheFirstEvent) {
  subprotocol = "a.subprotocol";
  open();
  EXPECT_EQ(status_of_answer(head), 101U);
  EXPECT_NE(head.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), std::string::npos)
      << "the example of RFC 6455 §1.3: " << head;
  EXPECT_NE(head.find("Sec-WebSocket-Protocol: a.subprotocol"), std::string::npos);
  EXPECT_EQ(first.opcode, kText);
  EXPECT_EQ(first.payload, "first");
}

TEST_F(OpenSocket, SendsEachNewerEventWhole) {
  open();
  EXPECT_EQ(head.find("Sec-WebSocket-Protocol"), std::string::npos);
  for (const std::size_t size : {1U, 125U, 126U, 65'535U, 65'536U, 1'000'000U}) {
    publish(size + 1, std::string(size, 'x'));
    EXPECT_EQ(next().payload.size(), size);
  }
}

TEST_F(OpenSocket, ClosesAfterTheLastEvent) {
  open();
  publish(2, "last", true);
  EXPECT_EQ(next().payload, "last");
  EXPECT_EQ(next().close_code(), 1000U);
  send(kClose, "\x03\xe8");
  EXPECT_TRUE(wire->is_closed());
}

TEST_F(OpenSocket, AnswersPingsAndDropsWhatAClientSays) {
  open();
  send(kText, "hello");
  send(kBinary, std::string(kMessageBytesMax, '\xff'));
  send(kPing, "are you there");
  const Frame pong = next();
  EXPECT_EQ(pong.opcode, kPong);
  EXPECT_EQ(pong.payload, "are you there");
  publish(2, "second");
  EXPECT_EQ(next().payload, "second");
}

TEST_F(OpenSocket, ClosesOnALongMessage) {
  open();
  send(kText, std::string(kMessageBytesMax + 1, 'x'));
  EXPECT_EQ(next().close_code(), 1009U);
}

TEST_F(OpenSocket, ClosesOnAFrameThatIsNotMasked) {
  open();
  wire->send(std::string("\x81\x02hi", 4));
  EXPECT_EQ(next().close_code(), 1002U);
}

TEST_F(OpenSocket, AnswersAClientsCloseAndForgetsIt) {
  open();
  send(kClose, "\x03\xe8");
  EXPECT_EQ(next().close_code(), 1000U);
  EXPECT_TRUE(wire->is_closed());
  while (topic->subscribers() > 0) std::this_thread::yield();
}

TEST_F(OpenSocket, PingsAndClosesWhereNobodyAnswers) {
  options.beat_interval = 500ms;
  open();
  const Frame ping = next();
  EXPECT_EQ(ping.opcode, kPing);
  send(kPong, ping.payload);
  EXPECT_EQ(next().opcode, kPing) << "after an answer it goes on";
  EXPECT_EQ(next().opcode, 0U);
  EXPECT_TRUE(wire->is_closed());
}

TEST_F(OpenSocket, ClosesWithTheReasonWhenItsTimeIsOver) {
  options.beat_interval = 10s;
  options.write_time_max = 40ms;  // and with it the sweep
  length_max = 1ms;
  open();
  EXPECT_EQ(next().close_code(), 4400U);
}

TEST_F(OpenSocket, IsToldThatTheServerStops) {
  open();
  auto stopped = std::async(std::launch::async, [&] { server->stop(30s); });
  EXPECT_EQ(next().close_code(), 1001U);
  send(kClose, "\x03\xe9");
  stopped.get();
  EXPECT_EQ(server->connections(), 0U);
}

TEST_F(OpenSocket, ThatSaysNothingDoesNotHoldUpAStop) {
  open();
  server->stop(30s);
  EXPECT_EQ(next().close_code(), 1001U);
  EXPECT_EQ(server->connections(), 0U);
}

TEST_F(OpenSocket, IsRefusedWithMoreBehindTheHandshake) {
  serve();
  Wire eager = connect();
  eager.send("GET /socket HTTP/1.1\r\nHost: a\r\n" + handshake_lines() + "\r\n" +
             frame_of_client(kText, "too soon"));
  EXPECT_EQ(status_of_answer(eager.answer()), 400U);
}

TEST_F(OpenSocket, IsNothingForOldClients) {
  serve();
  Wire old = connect();
  old.send("GET /socket HTTP/1.0\r\nHost: a\r\n" + handshake_lines() + "\r\n");
  EXPECT_EQ(status_of_answer(old.answer()), 426U);
}

}  // namespace
}  // namespace vote::http
