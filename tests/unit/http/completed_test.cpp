#include "http/completed.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <string>
#include <thread>

namespace vote::http {
namespace {

using boost::asio::awaitable;

class Completions : public testing::Test {
 protected:
  /// Runs it to its end on this thread.
  template <class T>
  T run(awaitable<T> work) {
    std::optional<T> result;
    boost::asio::co_spawn(io, std::move(work), [&](std::exception_ptr failure, T value) {
      if (failure) std::rethrow_exception(failure);
      result = std::move(value);
    });
    io.run();
    boost::asio::use_service<CompletionsUnderway>(io).wait_for_none();
    return std::move(*result);
  }
  boost::asio::io_context io;
};

TEST_F(Completions, ResumeOnTheRequestsOwnThread) {
  std::jthread other;
  const auto waits = [&]() -> awaitable<bool> {
    const auto completed_on = co_await completed<std::thread::id>([&](auto done) {
      other =
          std::jthread([done = std::move(done)]() mutable { done(std::this_thread::get_id()); });
    });
    co_return completed_on != std::this_thread::get_id();
  };
  const auto here = std::this_thread::get_id();
  EXPECT_TRUE(run(waits()));
  EXPECT_EQ(std::this_thread::get_id(), here);
}

TEST_F(Completions, MayRunBeforeTheCallReturns) {
  const auto waits = []() -> awaitable<std::string> {
    co_return co_await completed<std::string>([](auto done) { done("at once"); });
  };
  EXPECT_EQ(run(waits()), "at once");
}

TEST_F(Completions, StartedOnesTellWhetherTheyAreThere) {
  const Started<std::string> there([](auto done) { done("there"); });
  ASSERT_NE(there.value(), nullptr);
  EXPECT_EQ(*there.value(), "there");
  Completion<std::string> later;
  const Started<std::string> begun([&](auto done) { later = std::move(done); });
  EXPECT_EQ(begun.value(), nullptr);
  later("later");
  ASSERT_NE(begun.value(), nullptr);
  EXPECT_EQ(*begun.value(), "later");
}

TEST_F(Completions, StartedOnesCanBeWaitedForHoweverEarlyTheyCome) {
  Started<std::string> there([](auto done) { done("there"); });
  EXPECT_EQ(run(there.wait()), "there");
  io.restart();
  std::jthread other;
  Started<std::string> later([&](auto done) {
    other = std::jthread([done = std::move(done)]() mutable { done("later"); });
  });
  EXPECT_EQ(run(later.wait()), "later");
}

TEST_F(Completions, StartedOnesMayBeGivenUp) {
  Completion<std::string> later;
  {
    const Started<std::string> begun([&](auto done) { later = std::move(done); });
  }
  later("to nobody");
}

}  // namespace
}  // namespace vote::http
