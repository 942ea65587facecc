#include "program/signals.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <future>

namespace vote::program {
namespace {

TEST(Signals, TermAndIntStopAndHupHangsUp) {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    std::promise<const char*> heard;
    const Signals signals([&heard] { heard.set_value("stop"); },
                          [&heard] { heard.set_value("hang up"); });
    ::kill(::getpid(), signal);
    EXPECT_STREQ(heard.get_future().get(), signal == SIGHUP ? "hang up" : "stop");
  }
}

TEST(Signals, EndWithoutOne) {
  int heard = 0;
  {
    const Signals signals([&heard] { ++heard; }, [&heard] { ++heard; });
  }
  EXPECT_EQ(heard, 0);
}

}  // namespace
}  // namespace vote::program
