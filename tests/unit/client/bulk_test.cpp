#include "client/bulk.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <map>

#include "world.h"

namespace vote::client {
namespace {

/// Requests with the tags 0 to `count`, whose body is the tag.
Bulk::Source numbers(std::uint64_t count) {
  return [count, next = std::uint64_t{0}]() mutable -> NextRequest {
    if (next == count) return NoMore{};
    const std::uint64_t tag = next++;
    return Tagged{tag, {"POST", "/echo", std::to_string(tag), "", {}}};
  };
}

class BulkTest : public testing::Test {
 protected:
  void run(const std::string& url, unsigned connections, const Bulk::Source& source, int fd = -1) {
    Bulk(url, connections)
        .run(
            source,
            [this](const Outcome& outcome) {
              ++ends_[outcome.tag];
              if (outcome.answer) bodies_[outcome.tag] = outcome.answer->body;
              if (outcome.answer) statuses_[outcome.tag] = outcome.answer->status;
            },
            fd);
  }

  std::map<std::uint64_t, int> ends_;
  std::map<std::uint64_t, std::string> bodies_;
  std::map<std::uint64_t, unsigned> statuses_;
};

TEST_F(BulkTest, EachRequestEndsOnceWithItsOwnAnswer) {
  TestServer server([](const auto& request, std::size_t) { return answer(202, request.body); });
  run(server.url(), 16, numbers(1000));
  ASSERT_EQ(ends_.size(), 1000U);
  for (const auto& [tag, count] : ends_) {
    EXPECT_EQ(count, 1);
    EXPECT_EQ(bodies_[tag], std::to_string(tag));
  }
}

TEST_F(BulkTest, AnswersComeBackWhateverTheirStatusAndAreNotRepeated) {
  TestServer server([](const auto&, std::size_t) { return problem(409, "already_voted"); });
  run(server.url(), 4, numbers(20));
  EXPECT_EQ(statuses_.size(), 20U);
  EXPECT_EQ(server.requests().size(), 20U);
}

TEST_F(BulkTest, WhatMayBeRepeatedIsWhileOthersGoOn) {
  TestServer server([](const auto& request, std::size_t earlier) {
    return request.body == "3" && earlier < 10 ? problem(503, "unavailable") : answer(202);
  });
  run(server.url(), 2, numbers(30));
  EXPECT_EQ(statuses_[3], 202U);
  EXPECT_EQ(ends_[3], 1);
  EXPECT_EQ(ends_.size(), 30U);
  EXPECT_GE(server.requests().size(), 31U);
}

TEST_F(BulkTest, ALostConnectionCostsNoRequest) {
  RudeServer server(3);
  run(server.url(), 2, numbers(6));
  EXPECT_EQ(ends_.size(), 6U);
  for (const auto& [tag, status] : statuses_) EXPECT_EQ(status, 201U);
}

TEST_F(BulkTest, ASourceThatHasNothingYetIsAskedAgainWhenItsDescriptorCanBeRead) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  // The second number is written only when the first has been answered.
  TestServer server([&pipe](const auto& request, std::size_t) {
    if (request.body == "0") {
      EXPECT_EQ(::write(pipe[1], "x", 1), 1);
    }
    return answer(202);
  });
  std::uint64_t given = 0;
  const auto source = [&]() -> NextRequest {
    if (given == 2) return NoMore{};
    if (given == 1) {
      fd_set set;
      FD_ZERO(&set);
      FD_SET(pipe[0], &set);
      timeval now{};
      if (::select(pipe[0] + 1, &set, nullptr, nullptr, &now) == 0) return NothingYet{};
    }
    const std::uint64_t tag = given++;
    return Tagged{tag, {"POST", "/echo", std::to_string(tag), "", {}}};
  };
  run(server.url(), 4, source, pipe[0]);
  EXPECT_EQ(statuses_.size(), 2U);
  ::close(pipe[0]);
  ::close(pipe[1]);
}

TEST_F(BulkTest, WhatTheSinkThrowsEndsTheRun) {
  TestServer server([](const auto&, std::size_t) { return answer(202); });
  Bulk bulk(server.url(), 4);
  const auto sink = [](const Outcome&) { throw std::runtime_error("stop"); };
  EXPECT_THROW(bulk.run(numbers(10), sink), std::runtime_error);
}

TEST_F(BulkTest, NumbersOfConnectionsThatMakeNoSenseAreRefused) {
  EXPECT_THROW(Bulk("http://127.0.0.1:1", 0), std::invalid_argument);
  EXPECT_THROW(Bulk("http://127.0.0.1:1", kConnectionsMax + 1), std::invalid_argument);
}

}  // namespace
}  // namespace vote::client
