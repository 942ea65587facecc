#include "program/signals.h"

#include <pthread.h>

#include <csignal>
#include <utility>

namespace vote::program {
namespace {

sigset_t ours() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  return set;
}

}  // namespace

Signals::Signals(std::function<void()> stop, std::function<void()> hang_up)
    : stop_(std::move(stop)), hang_up_(std::move(hang_up)) {
  const sigset_t set = ours();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  thread_ = std::thread([this] { run(); });
}

Signals::~Signals() {
  over_ = true;
  pthread_kill(thread_.native_handle(), SIGHUP);  // wakes it; over_ says what for
  thread_.join();
}

void Signals::run() {
  const sigset_t set = ours();
  for (int signal = 0; sigwait(&set, &signal) == 0 && !over_;) {
    if (signal == SIGHUP)
      hang_up_();
    else
      stop_();
  }
}

}  // namespace vote::program
